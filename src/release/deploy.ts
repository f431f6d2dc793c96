import { spawn } from 'node:child_process';
import { dirname, join } from 'node:path';
import type { ReleaseReport } from '../reports.ts';
import type { DeployHook } from './deploy-hook.ts';
import { ReleaseError } from './error.ts';

export interface DeployOptions {
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** Whose program it is, where we are root on their behalf. */
  user?: { uid: number; gid: number };
  /** Writes a file that belongs to the user. */
  write(path: string, text: string): Promise<void>;
  onOutput(stream: 'stdout' | 'stderr', chunk: Buffer): void;
  signal?: AbortSignal | undefined;
}

/** Lines of a failed program's output that the error keeps. */
const TAIL = 20;
const KILL_AFTER_MS = 5000;

/** Makes the hooks deploy what the report says is live. @throws ReleaseError `deploy-failed` */
export async function deploy(
  hooks: readonly DeployHook[],
  report: ReleaseReport,
  options: DeployOptions,
): Promise<void> {
  const image = `${report.repositories[0]}@${report.toDigest}`;
  const env = { ...options.env, ...variables(report, image) };
  for (const hook of hooks)
    for (const words of await commandsOf(hook, image, options)) await run(words, { ...options, env });
}

/** Never part of a command's text: what comes from a registry is data. */
function variables(report: ReleaseReport, image: string): Record<string, string> {
  return {
    CONTAINERIZE_ACTION: report.action,
    CONTAINERIZE_CHANNEL: report.channel,
    CONTAINERIZE_IMAGE: image,
    CONTAINERIZE_REPOSITORY: report.repositories[0]!,
    CONTAINERIZE_DIGEST: report.toDigest,
    CONTAINERIZE_VERSION: report.toVersion ?? '',
    CONTAINERIZE_FROM_DIGEST: report.fromDigest ?? '',
  };
}

async function commandsOf(hook: DeployHook, image: string, { cwd, write }: DeployOptions): Promise<string[][]> {
  switch (hook.kind) {
    case 'command':
      return [['/bin/sh', '-c', hook.command]];
    case 'compose': {
      const file = join(cwd.startsWith('/') && hook.file.startsWith('/') ? '/' : cwd, hook.file);
      const override = join(dirname(file), `containerize.${hook.service}.override.yml`);
      await write(override, composeOverride(hook.service, image));
      const project = hook.project === undefined ? [] : ['--project-name', hook.project];
      const files = ['--file', file, '--file', override];
      return [['docker', 'compose', ...project, ...files, 'up', '--detach', '--no-build', hook.service]];
    }
    case 'kubectl': {
      const where = [
        ...(hook.context === undefined ? [] : [`--context=${hook.context}`]),
        ...(hook.namespace === undefined ? [] : [`--namespace=${hook.namespace}`]),
      ];
      return [
        ['kubectl', ...where, 'set', 'image', hook.workload, `${hook.container}=${image}`],
        ['kubectl', ...where, 'rollout', 'status', hook.workload, `--timeout=${hook.timeout}`],
      ];
    }
  }
}

/** JSON strings are YAML strings. */
function composeOverride(service: string, image: string): string {
  return `# written by containerize at each release: the image that is live\nservices:\n  ${JSON.stringify(service)}:\n    image: ${JSON.stringify(image)}\n`;
}

/** Runs a program in its own process group, so that whatever it started ends with it. */
async function run(words: readonly string[], options: DeployOptions): Promise<void> {
  const { env, cwd, user, signal, onOutput } = options;
  signal?.throwIfAborted();
  const [program, ...args] =
    user === undefined
      ? (words as [string, ...string[]])
      : // groups too: docker's socket is often open to a group
        (['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--init-groups', '--', ...words] as const);
  let tail = '';
  const child = spawn(program, args, { cwd, env: { ...env }, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].on('data', (chunk: Buffer) => {
      tail = `${tail}${chunk.toString('utf8')}`.slice(-8192);
      onOutput(stream, chunk);
    });
  const kill = (name: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // it has ended
    }
  };
  let hard: NodeJS.Timeout | undefined;
  const stop = (): void => {
    kill('SIGTERM');
    hard = setTimeout(kill, KILL_AFTER_MS, 'SIGKILL');
  };
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const ended = await new Promise<string | undefined>((resolve) => {
      child.on('error', (error) =>
        resolve(
          (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'was not found' : `did not start: ${error.message}`,
        ),
      );
      child.on('close', (code, by) =>
        resolve(code === 0 ? undefined : by ? `was ended by ${by}` : `ended with ${code}`),
      );
    });
    signal?.throwIfAborted();
    if (ended === undefined) return;
    const said = tail.trim().split('\n').slice(-TAIL).join('\n  ');
    throw new ReleaseError(
      'deploy-failed',
      `deploy: ${words[0] === '/bin/sh' ? words[2] : words.slice(0, 5).join(' ')} ${ended}${said === '' ? '' : `:\n  ${said}`}`,
    );
  } finally {
    clearTimeout(hard);
    signal?.removeEventListener('abort', stop);
  }
}
