import type { Stats } from 'node:fs';
import type { CopyEntry, EntryType } from './entry.js';
/** Numbers kept of each entry: kind and mode, device, inode, size, mtime and ctime in milliseconds with fractions. */
export declare const FIELDS = 6;
/** What was seen in one folder: parallel arrays and one text, because there may be a million entries. */
export declare class FolderRecord {
    /** The names, sorted, with NUL between them: strings of their own would take four times as much. */
    readonly text: string;
    /** FIELDS numbers an entry. */
    readonly stats: Float64Array;
    /** 32 bytes an entry; only those of regular files mean something. */
    readonly digests: Uint8Array;
    /** Targets of symlinks by index. */
    readonly links: Map<number, string> | undefined;
    constructor(names: readonly string[] | string, stats: Float64Array, digests: Uint8Array, links?: Map<number, string>);
    get count(): number;
    /** Sorted. Made anew for every folder: a loop asks once. */
    get names(): readonly string[];
}
/** Permission bits as they go into the image: what only a umask would have taken away is taken away. */
export declare function maskedMode(mode: number): number;
export declare function typeOf(stats: Stats): EntryType;
/** Writes the numbers of a stat cache entry into `numbers`, from `at` on. */
export declare function putNumbers(stats: Stats, numbers: Float64Array, at: number): void;
export declare function numbersOf(stats: Stats): Float64Array;
/** All but the mode: that is no part of the content. */
export declare function sameNumbers(a: Float64Array, i: number, b: Float64Array, j: number): boolean;
export declare function withoutRacy(record: FolderRecord, racy: ReadonlySet<number>): FolderRecord;
export declare function withEntry(before: FolderRecord | undefined, name: string, numbers: Float64Array, digest: Uint8Array): FolderRecord;
export declare function entryAt(record: FolderRecord, index: number, path: string): CopyEntry;
export declare function isFolder(record: FolderRecord, index: number): boolean;
/** Seconds and nanoseconds of a time in milliseconds. */
export declare function timeOf(ms: number): [number, number];
/** Linux's packing of dev_t. */
export declare function deviceNumbers(device: number): [major: number, minor: number];
export declare function indexOfName(names: readonly string[], name: string): number;
