import { ContainerizeError } from '../errors.js';
/** What the runtime cannot do. */
export type RuntimeErrorCode = 
/** The program is not in the container (exit 127). */
'command-not-found'
/** The program is there but cannot be executed (exit 126). */
 | 'not-executable' | 'spec-invalid' | 'bundle-invalid' | 'id-invalid' | 'id-in-use' | 'no-such-container' | 'wrong-state' | 'unsupported' | 'limit-impossible' | 'hook-failed' | 'seccomp-invalid' | 'cgroup-failed' | 'start-failed' | 'aborted';
/** An error of `src/runtime/`: bad configuration, a state that does not allow the deed, or a container that did not start. */
export declare class RuntimeError extends ContainerizeError<RuntimeErrorCode> {
}
/** The exit status that docker's users expect for a container that could not be started. */
export declare function startExitCode(error: unknown): 125 | 126 | 127;
