import { posix } from 'node:path';
import { type ConfigState, configChange, DEFAULT_SHELL, mergeEnvironment } from '../build/ops/config-change.ts';
import { parseDockerfile } from '../dockerfile/parse.ts';
import { GlobalScope, StageScope } from '../dockerfile/scope.ts';
import { ContainerizeError } from '../errors.ts';
import type { RunConfig } from '../oci/image-config.ts';
import { hostPlatform } from '../oci/platform.ts';

export class ChangeError extends ContainerizeError<'bad-change'> {}

/** The `--change` of import and commit: an image's config after Dockerfile instructions that touch nothing else. */
export function changedConfig(config: RunConfig, changes: readonly string[]): RunConfig {
  const empty = parseDockerfile('FROM scratch', '--change');
  const host = hostPlatform();
  const scope = new StageScope(new GlobalScope(empty, { buildArgs: {}, build: host, target: host }), config.Env ?? []);
  const state: ConfigState = { scope, shell: config.Shell ?? DEFAULT_SHELL, commandSet: false };
  let result = config;
  for (const change of changes) {
    const { stages } = parseDockerfile(`FROM scratch\n${change}`, '--change');
    for (const instruction of stages.flatMap((stage) => stage.instructions)) {
      switch (instruction.kind) {
        case 'run':
        case 'copy':
        case 'add':
        case 'arg':
        case 'maintainer':
          throw new ChangeError(
            'bad-change',
            `--change: ${instruction.kind.toUpperCase()} cannot be applied, it is more than config: ${change}`,
            {
              hint: 'possible are CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, USER, VOLUME, WORKDIR',
            },
          );
        case 'workdir':
          result = {
            ...result,
            WorkingDir: posix.resolve('/', result.WorkingDir ?? '', scope.expand(instruction.path)),
          };
          break;
        default: {
          const { env, apply } = configChange(instruction, state);
          result = apply(result);
          if (env) result = { ...result, Env: mergeEnvironment(result.Env ?? [], env) };
        }
      }
    }
  }
  return result;
}
