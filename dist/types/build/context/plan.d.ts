import type { IgnoreMatcher } from '../../dockerfile/ignore.js';
import type { HelperRecord } from '../../runtime/helper.js';
import type { CopySource } from './entry.js';
import type { ModeChange } from './mode.js';
import type { Selected, SourceText } from './select.js';
/** Where files go, looked up in the root. */
export interface Destination {
    /** Absolute; symlinks followed as far as it exists. */
    path: string;
    /** It was written with a slash at its end: it must be a folder. */
    mustBeFolder: boolean;
    /** What is there. */
    found: 'folder' | 'other' | undefined;
    text: SourceText;
}
export interface Owner {
    uid: number;
    gid: number;
}
export interface PlanOptions {
    source: CopySource;
    /** The source's name in the helper's batch. */
    label: string;
    selected: readonly Selected[];
    exclude: IgnoreMatcher;
    destination: Destination;
    /** Absent: what the source says. */
    owner?: Owner | undefined;
    mode?: ModeChange | undefined;
    parents: boolean;
    /** Seconds: the time of everything that is made. */
    epoch?: number | undefined;
}
/** One operation of the helper. */
export interface Planned {
    record: HelperRecord;
    /** A source path that must still be what it was when this is done. */
    read?: string;
    /** How many entries a copy must report: more or fewer, and the source has changed meanwhile. */
    entries?: number | undefined;
}
/** Turns what was selected into the helper's operations, in order: folders before what is in them. */
export declare function plan(options: PlanOptions): AsyncGenerator<Planned>;
