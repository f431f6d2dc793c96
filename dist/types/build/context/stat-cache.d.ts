/** Numbers kept of each entry: kind and mode, device, inode, size, mtime and ctime in milliseconds with fractions. */
export declare const FIELDS = 6;
/** What was seen in one folder: parallel arrays, because there may be a million entries. */
export interface FolderRecord {
    /** Sorted. */
    names: readonly string[];
    /** FIELDS numbers an entry. */
    stats: Float64Array;
    /** 32 bytes an entry; only those of regular files mean something. */
    digests: Uint8Array;
    /** Targets of symlinks by index. */
    links?: Map<number, string>;
}
/**
 * Which content digest a file had when it had which inode, size, mtime and ctime, kept from build to build, so that an
 * unchanged file is not read again. A file that changed so shortly before it was read that its times could not tell
 * another change is left out (`forget`), as git does with its index.
 */
export declare class StatCache {
    #private;
    private constructor();
    /** A missing or damaged file is an empty cache. Without a file nothing is kept. */
    static open(file: string | undefined): StatCache;
    folder(path: string): FolderRecord | undefined;
    /** Replaces what is known of a folder. */
    put(path: string, record: FolderRecord): void;
    /** Drops folders for which `keep` says no. */
    prune(keep: (path: string) => boolean): void;
    /** Writes what changed. Readers see the old file or the new one; of two writers the last wins. Failing is harmless. */
    save(): Promise<void>;
}
