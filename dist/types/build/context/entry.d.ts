import type { Root } from '../vertex.js';
export type EntryType = 'file' | 'folder' | 'symlink' | 'fifo' | 'socket' | 'char' | 'block';
/** One thing that COPY may take: of the build context, or of another stage's root. */
export interface CopyEntry {
    /** Inside the source's root, without a leading slash; empty for the root itself. */
    path: string;
    type: EntryType;
    /** Permission bits, 0 to 07777. */
    mode: number;
    uid: number;
    gid: number;
    /** Of files, in bytes. */
    size: number;
    /** Target of a symlink. */
    link?: string;
    /** Seconds and nanoseconds. Part of no digest; given to copies of folders, whose own time changes when they are filled. */
    mtime?: readonly [seconds: number, nanoseconds: number];
    /** Of devices. */
    device?: readonly [major: number, minor: number];
    /** sha256 of a file's content in hex, once it is known. */
    digest?: string;
    /** Name → value in hex or base64: whatever the source uses, as long as it is always the same. */
    xattrs?: Readonly<Record<string, string>>;
}
/** Where COPY takes files from. Paths have no leading slash; symlinks never lead out of the root. */
export interface CopySource {
    /** For messages: `the build context`, `stage build`, `image debian:12`. */
    readonly name: string;
    /** Options of the helper's `copy` that make a copied tree what `tree` says. */
    readonly copyWords?: readonly string[];
    /** What the helper opens. */
    root(): Promise<Root>;
    /** The entry at `path` with all symlinks followed, the last one too; its `path` is where they led. */
    find(path: string): Promise<CopyEntry | undefined>;
    /** The symlink at `path` itself, when there is one that leads nowhere. */
    link?(path: string): Promise<CopyEntry | undefined>;
    /** Names in a folder, sorted, without what an ignore file hides. Empty when it is none. */
    names(path: string): Promise<readonly string[]>;
    /** Everything below a folder is going to be asked for. */
    preload?(path: string): Promise<void>;
    /** `entry` and everything below it, parents first, names sorted. `digests`: with the files' content digests. */
    tree(entry: CopyEntry, options: {
        digests: boolean;
    }): AsyncIterable<CopyEntry> | Iterable<CopyEntry>;
    /** Why a path that is there cannot be seen: the ignore file's line. */
    hiddenBy?(path: string): string | undefined;
    /**
     * Paths below a folder that `tree` leaves out, relative to it, so that all else can be copied in one go; undefined
     * when they are too many to be listed, and then, as without this, entries are copied one by one.
     */
    hidden?(folder: string): Promise<readonly string[] | undefined>;
    /** How many entries `tree` gives below a folder that it was asked for, where it can tell cheaply. */
    count?(folder: string): number | undefined;
    /** Throws when one of `paths`, or something below one, is no longer what `tree` said. */
    verify?(paths: readonly string[]): void;
}
/** Digests entries one after another; all that COPY keeps of them goes in, every part length-prefixed. mtimes never do. */
export declare class EntryDigest {
    #private;
    add(entry: CopyEntry, name: string): void;
    text(text: string): void;
    hex(): string;
}
