import { ContainerizeError } from '../errors.js';
/** What cannot be done with a container or a volume. */
export declare class ContainerError extends ContainerizeError<'no-such-container' | 'ambiguous-container' | 'name-in-use' | 'invalid-name' | 'wrong-state' | 'container-damaged' | 'invalid-option' | 'unsupported-option' | 'no-command' | 'no-such-user' | 'no-such-volume' | 'volume-in-use' | 'volume-exists' | 'no-such-path' | 'no-logs' | 'attach-failed' | 'copy-failed' | 'stop-timeout'> {
}
