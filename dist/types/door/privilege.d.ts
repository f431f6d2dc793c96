import { ContainerizeError } from '../errors.js';
export declare class PrivilegeError extends ContainerizeError<'no-privileges' | 'unsafe-run-folder'> {
}
/**
 * True for root of the machine's first user namespace with the right to mount: uid 0 alone proves nothing, a user
 * namespace looks like root from inside. Two small reads, so that the common case costs no process.
 */
export declare function isInitialRoot(): boolean;
/** True inside a user namespace in which we are root already: what a rootless container or `unshare -Ur` gives. */
export declare function isNamespaceRoot(): boolean;
/** What was tried and why it did not do: for the error, and for --debug. */
export interface Attempt {
    rung: string;
    reason: string;
}
/** The error of a ladder that has no rung left: everything that was tried, and what to do about it. */
export declare function noPrivileges(attempts: readonly Attempt[]): PrivilegeError;
