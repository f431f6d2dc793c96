import { containerSpec, type ResolvedUser } from '../../container/spec.ts';
import type { Mount, Spec } from '../../runtime/spec.ts';
import type { RunDefinition } from './run-definition.ts';
import type { RunTools } from './run-tools.ts';

/** The configuration of a step's container. */
export function runSpec(
  run: RunDefinition,
  { limits, ulimits, shmSize }: RunTools,
  mounts: readonly Mount[],
  user: ResolvedUser,
  rootless: boolean,
  secrets: readonly string[] = [],
): Spec {
  const insecure = run.security === 'insecure';
  const { os, architecture } = run.platform;
  const spec = containerSpec(
    { os, architecture, rootfs: { type: 'layers', diff_ids: [] } },
    {
      args: run.args,
      env: [...run.env, ...run.proxies, ...secrets],
      cwd: run.cwd,
      user,
      mounts,
      network: run.network === 'none' ? 'none' : 'host',
      privileged: insecure,
      rootless,
      limits,
      ulimits,
      ...(shmSize === undefined ? {} : { shmSize }),
    },
  );
  // Set here and not above: HOSTNAME shall not become a variable of the build.
  return { ...spec, hostname: run.hostname };
}
