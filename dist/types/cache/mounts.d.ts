import { type LockOwner } from '../locks.js';
export type Sharing = 'shared' | 'private' | 'locked';
/** A cache mount's folder, held for one RUN. */
export interface HeldMount {
    /** The folder to bind. */
    path: string;
    /** Number of the copy that it is. */
    copy: number;
    /** True when it was made just now: initial contents (`from=`, `source=`) are still to be put in. */
    isNew: boolean;
    release(): Promise<void>;
}
export interface MountEntry {
    id: string;
    /** Number of the copy: `private` mounts that are in use at once get one each. */
    copy: number;
    path: string;
    bytes: number;
    /** Milliseconds since 1970. */
    created: number;
    usedAt: number;
    inUse: boolean;
}
/**
 * Folders of `RUN --mount=type=cache`: `<folder>/<hash of the id>/<copy>/{data,mount.json,lock}`. `shared`: everybody at
 * once in copy 0; `locked`: one after the other in copy 0; `private`: the first copy that nobody uses. Locks die with
 * their process, so a killed build blocks nobody.
 */
export declare class CacheMounts {
    #private;
    readonly folder: string;
    constructor(folder: string);
    hold(id: string, options: {
        sharing: Sharing;
        uid?: number;
        gid?: number;
        mode?: number;
        signal?: AbortSignal;
        onWait?: (owner: LockOwner) => void;
        /** Puts something into a new folder before anybody sees it; false when there is nothing. */
        fill?: (folder: string) => Promise<boolean>;
    }): Promise<HeldMount>;
    /** Works on a copy's folder while nobody else uses it; undefined when somebody does, or it is gone. */
    withUnused<T>(id: string, copy: number, work: (folder: string) => Promise<T>): Promise<T | undefined>;
    /** Every mount with its size. */
    list(): Promise<MountEntry[]>;
    /** Removes mounts that nobody uses: all, those unused since a time, or the least recently used above a total size. */
    prune(limits?: {
        maxBytes?: number | undefined;
        unusedSince?: number | undefined;
    }): Promise<MountEntry[]>;
    /** False when somebody uses it. */
    removeUnused(entry: MountEntry): Promise<boolean>;
}
