import type { CacheKey } from '../../cache/cache.ts';
import type { CacheMounts } from '../../cache/mounts.ts';
import type { Limits } from '../../container/limits.ts';
import type { ContainerRequest, ProcessIo, Running } from '../../runtime/runtime-types.ts';
import type { Rlimit } from '../../runtime/spec.ts';
import { BuildError } from '../error.ts';
import { withHistory } from '../history.ts';
import type { Secrets } from '../secrets.ts';
import type { Op, StepContext, StepKey, StepOutcome, StepResult } from '../vertex.ts';
import type { RunDefinition } from './run-definition.ts';
import { runContentKey, runDefinitionKey } from './run-key.ts';

/** What RUN needs besides its definition; nothing here is part of its key. */
export interface RunTools {
  runtime: { run(request: ContainerRequest, io: ProcessIo, options?: { signal?: AbortSignal }): Promise<Running> };
  /** This build's own folder on a memory file system: sockets, secrets, hosts files. */
  room(): Promise<string>;
  secrets: Secrets;
  /** id → the agent's socket. */
  ssh: ReadonlyMap<string, string>;
  cacheMounts: CacheMounts;
  limits: Limits;
  ulimits: readonly Rlimit[];
  shmSize?: number;
  /** `NAME:ADDRESS`. */
  addHosts: readonly string[];
  /** Below the cgroup root; default `/containerize`. */
  cgroupParent?: string;
  /** Throws when this machine cannot run the step's platform. */
  checkPlatform(run: RunDefinition): Promise<void>;
}

/** RUN: a program in a container on the step's root; what it changes becomes the layer. */
export function runOp(run: RunDefinition, tools: RunTools): Op {
  return {
    kind: 'RUN',
    definitionKey: (inputs: readonly CacheKey[]): StepKey | undefined => runDefinitionKey(run, inputs),
    contentKey: (inputs: readonly StepResult[], step: StepContext) => runContentKey(run, inputs, step),
    // The container's side is loaded when something really has to run.
    execute: async (step: StepContext) => (await import('./run-execute.ts')).execute(run, tools, step),
    configure: (config, outcome: StepOutcome) => withHistory(config, `RUN ${run.history} # buildkit`, outcome),
  };
}

/** A mount option that this build was not allowed. */
export function notEntitled(what: string, entitlement: string, location: RunDefinition['location']): BuildError {
  return new BuildError('not-entitled', `${what} is not allowed`, {
    location,
    hint: `allow it with --allow ${entitlement}`,
  });
}
