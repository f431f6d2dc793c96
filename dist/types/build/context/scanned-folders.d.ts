import type { CopyEntry } from './entry.js';
import { type FolderRecord } from './folder-record.js';
/** What a scan found, folder by folder. */
export declare class ScannedFolders {
    #private;
    get(path: string): FolderRecord | undefined;
    set(path: string, record: FolderRecord, hidden: string[]): void;
    /** `path` and everything below it, as it was scanned. */
    entries(path: string): Generator<CopyEntry>;
    /** Paths below a scanned folder that are hidden, relative to it; undefined when there are more than `most`. */
    hidden(folder: string, most: number): string[] | undefined;
    /** How many entries are below a scanned folder. */
    count(folder: string): number | undefined;
}
