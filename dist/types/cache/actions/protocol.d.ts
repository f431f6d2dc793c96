/** One thing that is asked of GitHub's cache service, through @actions/cache. */
export type CacheServiceRequest = 
/** Is there an entry? Nothing is downloaded. */
{
    op: 'find';
    path: string;
    key: string;
}
/** Unpacks an entry: the one with this key, else the newest whose key begins with one of `prefixes`. */
 | {
    op: 'restore';
    path: string;
    key: string;
    prefixes: readonly string[];
}
/** Makes an entry of the folder `path`. */
 | {
    op: 'save';
    path: string;
    key: string;
};
/** What became of it. */
export interface CacheServiceAnswer {
    /** The entry's key: found, restored, or saved. */
    key?: string;
    /** Saving: there is one with this key already, or it is being made. */
    exists?: boolean;
    /** The run's token may not do that. */
    denied?: boolean;
    /** What came could not be unpacked. */
    damaged?: boolean;
    /** What went wrong, in one line. */
    problem?: string;
}
/** Messages to and from the process that speaks to the service. */
export type ToWorker = {
    id: number;
    request: CacheServiceRequest;
};
export type FromWorker = {
    id: number;
    answer: CacheServiceAnswer;
};
/**
 * Entries of GitHub's cache service as folders: `path` is a name in {@link folder}. It is part of an entry's identity, so
 * the same entry must have the same path in every run.
 */
export interface CacheService {
    readonly folder: string;
    /** An answer that takes longer than `withinMs` ends the service for good: what is waited for says so. */
    ask(request: CacheServiceRequest, withinMs?: number): Promise<CacheServiceAnswer>;
    stop(why: string): void;
    close(): Promise<void>;
}
