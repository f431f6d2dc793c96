import { existsSync } from 'node:fs';
import { ContainerizeError, causesOf } from '../errors.ts';
import { ActionError } from './error.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** @throws ActionError on anything but Linux, before anything else is tried. */
export function checkSystem(platform: string): void {
  if (platform === 'linux') return;
  const name = platform === 'win32' ? 'Windows' : platform === 'darwin' ? 'macOS' : platform;
  throw new ActionError(
    'unsupported-system',
    `containers are a feature of the Linux kernel, and this runner is ${name}`,
    {
      hint: 'use runs-on: ubuntu-latest for this job, or a self-hosted Linux runner',
    },
  );
}

/** Where this job runs, when it is not the runner's own machine. */
export function enclosure(env: Env, exists: (path: string) => boolean = existsSync): 'pod' | 'container' | undefined {
  if (env.KUBERNETES_SERVICE_HOST) return 'pod';
  if (exists('/.dockerenv') || exists('/run/.containerenv')) return 'container';
  return undefined;
}

/** Says what to write into the workflow when a container that the job runs in lacks the privileges. */
export function explainPrivileges(error: unknown, where: 'pod' | 'container' | undefined): unknown {
  const refused = causesOf(error).find(
    (e): e is ContainerizeError => e instanceof ContainerizeError && e.code === 'no-privileges',
  );
  if (refused === undefined || where === undefined) return error;
  const hint =
    where === 'pod'
      ? 'the pod of this runner lacks the right to mount (CAP_SYS_ADMIN): give its container securityContext: {privileged: true}, or use a runner on a machine of its own'
      : 'the container of this job lacks the right to mount (CAP_SYS_ADMIN): add to the job\n  container:\n    options: --privileged\nor leave container: out, nothing of it is needed to build images';
  return new ContainerizeError('no-privileges', refused.message, { hint, cause: refused });
}
