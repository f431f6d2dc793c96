import { ContainerizeError } from '../../errors.js';
export declare class StateRootError extends ContainerizeError<'cannot-write'> {
}
/**
 * Makes the folder that everything is kept in, one level at a time: Node's recursive mkdir calls a read-only file
 * system a missing file, and below /proc it never returns.
 */
export declare function prepareStateRoot(root: string): void;
