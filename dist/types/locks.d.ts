import { ContainerizeError } from './errors.js';
/**
 * Locks between processes that die with their owner, without flock (Node has none). A lock is a folder; who wants it
 * puts a file there whose name says everything: `000000000007-x-<ms>-<pid>-<start>-<boot>-<pidns>-<random>`. Order is
 * Lamport's bakery: announce (`choosing-…`), take the highest ticket + 1, withdraw the announcement, then wait until
 * nobody is choosing and no ticket that is lower and conflicts is left. Names are never used twice, so anybody may
 * remove the file of a dead owner without a race: it can only be that owner's.
 */
export interface Lock {
    /** Idempotent; never fails. */
    release(): Promise<void>;
}
export interface LockOptions {
    mode: 'shared' | 'exclusive';
    /** Gives up waiting; the promise rejects with the signal's reason. */
    signal?: AbortSignal | undefined;
    /** Called once, when the lock is not free at once. */
    onWait?: ((owner: LockOwner) => void) | undefined;
    /** The folder goes with the last who used it: for locks named after digests, of which there are many. */
    ephemeral?: boolean;
}
/** Who holds a lock, or waits for it. */
export interface LockOwner {
    pid: number;
    mode: 'shared' | 'exclusive';
    /** When it asked for the lock, milliseconds since 1970. */
    since: number;
}
export declare class LockError extends ContainerizeError<'lock-lost'> {
}
/** Takes the lock kept in folder `path` (made when missing), waiting in order of arrival. */
export declare function acquireLock(path: string, options: LockOptions): Promise<Lock>;
/** The lock when it is free now, else undefined. */
export declare function tryLock(path: string, mode: LockOptions['mode']): Promise<Lock | undefined>;
/** Runs `work` under the lock. */
export declare function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T>;
/** Everybody alive who holds the lock or waits for it. Files of the dead are removed on the way. */
export declare function lockOwners(path: string): LockOwner[];
/**
 * Removes ephemeral locks whose owners were all killed. `folder` is where they are; those that somebody holds or waits
 * for stay, and who begins with one in this moment makes it anew.
 */
export declare function sweepLocks(folder: string, isOne?: (name: string) => boolean): void;
