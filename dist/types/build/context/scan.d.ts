import { type Stats } from 'node:fs';
import type { IgnoreMatcher, IgnoreState } from '../../dockerfile/ignore.js';
import { ScannedFolders } from './scanned-folders.js';
import type { StatCache } from './stat-cache.js';
/** Reads folders of a build context: entries that no ignore rule hides, with digests of their files. */
export declare class Scanner {
    #private;
    readonly scanned: ScannedFolders;
    constructor(top: string, ignore: IgnoreMatcher, cache: StatCache);
    absolute(path: string): string;
    /** Which patterns matched a folder and its parents. */
    state(path: string): IgnoreState;
    /** Scans a folder and everything below. Folders that were scanned before are not read again. */
    scan(path: string): Promise<void>;
    /** Does an ignored folder hold something that a `!` line takes back? */
    hasVisible(path: string, state?: IgnoreState): boolean;
    /** Names in a folder, sorted, ignored ones too. */
    list(path: string): string[];
    /** One file that is asked for by name, without its folder. */
    file(path: string, stats: Stats): Promise<Buffer>;
    /** Throws when a file, or anything below a folder, is no longer what it was when it was scanned. */
    verify(path: string, seen: Stats | undefined): void;
}
