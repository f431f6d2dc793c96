import type { Helper } from '../runtime/helper.js';
import type { Root } from './root-records.js';
import { type TreePlace } from './tree-batch.js';
import type { Copied, CopyOptions, Made, Owner, Stub, Times, TreeEntry, TreeStat, Usage, WalkOptions } from './tree-types.js';
/**
 * File operations inside a root file system: a folder, or an overlay that is mounted for the helper alone. Every path is
 * resolved in the root, links included, so nothing outside can be reached whatever the image holds.
 *
 * Operations that are begun in the same turn, without waiting in between, go to the helper as one batch, are carried out
 * in order, and fail one by one: `await Promise.all([tree.stat('a'), tree.read('b')])` starts one process.
 */
export declare class Tree {
    #private;
    constructor(helper: Helper, root: Root, options?: Omit<TreePlace, 'helper' | 'root'>);
    /** What is at `path`, or undefined when there is nothing. */
    stat(path: string, options?: {
        noFollow?: boolean;
    }): Promise<TreeStat | undefined>;
    /** What a folder holds, sorted by the bytes of names. */
    list(path: string): Promise<TreeEntry[]>;
    /** `path` and everything below it, folders before what they hold, sorted by the bytes of names. `onEntry` hears each at once. */
    walk(path: string, options: WalkOptions, onEntry: (entry: TreeEntry) => void): Promise<void>;
    /** The same as one list. */
    entries(path: string, options?: WalkOptions): Promise<TreeEntry[]>;
    /** `path` and everything below it, with the sha256 of each regular file. */
    hashTree(path: string, options?: WalkOptions): Promise<TreeEntry[]>;
    /** The sha256 of a regular file: 64 hex digits. */
    hash(path: string): Promise<string>;
    /** The first `max` bytes of a regular file. */
    read(path: string, max?: number): Promise<Buffer>;
    /** The first `max` bytes of a regular file, or undefined when there is no such file. */
    readIfThere(path: string, max?: number): Promise<Buffer | undefined>;
    usage(path?: string): Promise<Usage>;
    /** Writes a whole file; the folder must be there. */
    write(path: string, content: Uint8Array | string, attributes: Owner & {
        mode: number;
    } & Partial<Times>): Promise<void>;
    /** Makes a folder and those on the way, all with these attributes; those that are there stay as they are. */
    mkdir(path: string, attributes: Owner & {
        mode: number;
    } & Partial<Times>): Promise<Made>;
    /** Something to mount on, and what it takes to undo it. */
    stub(path: string, kind: 'file' | 'directory'): Promise<Stub>;
    /**
     * Copies a file or tree from a source (its name, or `.` for this root) to where `destination` says that it will be.
     * Folders on the way must be there. Hard links among what is copied stay.
     */
    copyIn(source: string, path: string, destination: string, options?: CopyOptions): Promise<Copied>;
    symlink(target: string, path: string, owner?: Owner): Promise<void>;
    link(existing: string, path: string): Promise<void>;
    chown(path: string, owner: Owner, options?: {
        noFollow?: boolean;
    }): Promise<void>;
    chmod(path: string, mode: number): Promise<void>;
    utimes(path: string, times: Times, options?: {
        noFollow?: boolean;
    }): Promise<void>;
    /** Removes a file, or a folder with all it holds. True when there was one. */
    remove(path: string): Promise<boolean>;
    rename(from: string, to: string): Promise<void>;
    /** Everything written to the root's file system is on the disk when this resolves. */
    sync(): Promise<void>;
}
