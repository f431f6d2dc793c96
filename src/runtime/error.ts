import { ContainerizeError } from '../errors.ts';

/** What the runtime cannot do. */
export type RuntimeErrorCode =
  /** The program is not in the container (exit 127). */
  | 'command-not-found'
  /** The program is there but cannot be executed (exit 126). */
  | 'not-executable'
  | 'spec-invalid'
  | 'bundle-invalid'
  | 'id-invalid'
  | 'id-in-use'
  | 'no-such-container'
  | 'wrong-state'
  | 'unsupported'
  | 'limit-impossible'
  | 'hook-failed'
  | 'seccomp-invalid'
  | 'cgroup-failed'
  | 'start-failed'
  | 'aborted';

/** An error of `src/runtime/`: bad configuration, a state that does not allow the deed, or a container that did not start. */
export class RuntimeError extends ContainerizeError<RuntimeErrorCode> {}

/** The exit status that docker's users expect for a container that could not be started. */
export function startExitCode(error: unknown): 125 | 126 | 127 {
  if (error instanceof RuntimeError && error.code === 'command-not-found') return 127;
  if (error instanceof RuntimeError && error.code === 'not-executable') return 126;
  return 125;
}
