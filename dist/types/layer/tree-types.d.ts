/** What a name inside a root is. */
export type FileType = 'file' | 'directory' | 'symlink' | 'char' | 'block' | 'fifo' | 'socket';
/** Names and link targets are strings in which bytes that are not UTF-8 are lone surrogates; hand them back as they are. */
export interface TreeStat {
    /** Where it is, every link on the way followed; from the root, without slash at the start. Empty: the root itself. */
    path: string;
    type: FileType;
    /** Permission bits, set-id and sticky included. */
    mode: number;
    uid: number;
    gid: number;
    size: number;
    /** Seconds since 1970, and nanoseconds besides. */
    mtime: number;
    mtimeNsec: number;
    nlink: number;
    inode: number;
    link?: string;
    major?: number;
    minor?: number;
}
/** One entry of a listing or walk; `path` is relative to what was listed. */
export interface TreeEntry extends TreeStat {
    /** Of regular files, when hashes were asked for: 64 hex digits. */
    sha256?: string;
    /** Extended attributes, when they were asked for. */
    xattrs?: Record<string, Buffer>;
}
export interface WalkOptions {
    hash?: boolean;
    xattrs?: boolean;
    /** When the path itself is a link, the link is the only entry. */
    noFollow?: boolean;
    /** Paths below it that are left out, with all they hold. */
    exclude?: readonly string[];
}
export interface Owner {
    uid: number;
    gid: number;
}
export interface Times {
    mtime: number;
    mtimeNsec?: number;
}
export interface CopyOptions {
    uid?: number;
    gid?: number;
    /** Permission bits of everything copied; folders have `dirMode` when that is given. */
    mode?: number;
    dirMode?: number;
    /** Seconds, of everything copied. */
    mtime?: number;
    /** Copies what is in the folder into the destination, which must be a folder that is there. */
    contents?: boolean;
    /** Copies what a link points to, when the source path is one. */
    follow?: boolean;
    /** A folder alone, without what it holds. */
    noRecurse?: boolean;
    /** Removes what is there and of another kind; otherwise that fails with EISDIR or ENOTDIR. Files always replace what is no folder. */
    replace?: boolean;
    /** Folders that are there keep their owner, mode and times. */
    keepFolders?: boolean;
    noXattrs?: boolean;
    /** Paths below the source that are left out, with all they hold. */
    exclude?: readonly string[];
}
export interface Copied {
    path: string;
    entries: number;
    bytes: number;
}
export interface Made {
    /** Where it is, every link on the way followed. */
    path: string;
    /** Whether it, or a folder on the way, had to be made. */
    made: boolean;
    /** What was made first: removing it undoes all. */
    first?: string;
}
/** A mount point. `parentMtime` is what the folder around `first` had before. */
export interface Stub extends Made {
    parentMtime?: number;
    parentMtimeNsec?: number;
}
export interface Usage {
    entries: number;
    bytes: number;
    /** Bytes on the disk. */
    disk: number;
}
