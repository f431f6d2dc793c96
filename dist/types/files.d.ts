/**
 * Writes a whole small file so that a reader sees the old bytes or the new ones, never a part, also after a crash:
 * temporary name in the same folder, fsync, rename, fsync of the folder. `after`: the name moves only when this has resolved.
 */
export declare function writeFileAtomic(path: string, content: string | Uint8Array, options?: {
    mode?: number;
    fsync?: boolean;
    after?: Promise<unknown>;
}): Promise<void>;
/** A name beside `path` that nobody else uses; names starting `.tmp-` are swept after a crash. */
export declare function temporaryName(path: string): string;
/** Makes the names in a folder last over a power cut. */
export declare function fsyncFolder(path: string): Promise<void>;
/** The text of a small file, or undefined when there is no such file. Read at once, as above. */
export declare function readTextIfThere(path: string): Promise<string | undefined>;
export declare function makeFolder(path: string, mode?: number): Promise<string>;
/** Removes temporary files that writers left in a folder when they were killed. */
export declare function sweepTemporary(folder: string): Promise<void>;
