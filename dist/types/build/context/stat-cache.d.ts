import { FolderRecord } from './folder-record.js';
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
    save(): void;
}
