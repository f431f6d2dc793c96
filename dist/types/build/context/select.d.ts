import { type SourceLocation } from '../../errors.js';
import type { CopyEntry, CopySource } from './entry.js';
/** A source of COPY as it was written, variables expanded. */
export interface SourceText {
    text: string;
    location?: SourceLocation | undefined;
}
/** One thing that a source named. */
export interface Selected {
    /** With symlinks followed. */
    entry: CopyEntry;
    /** Its last part as it was named: what it is called in a destination folder. */
    name: string;
    /** --parents: the path that is kept below the destination. */
    kept?: string;
    /** --parents: folders above it, outermost first; they get the source's modes where they have to be made. */
    above?: readonly {
        kept: string;
        entry: CopyEntry;
    }[];
    text: SourceText;
}
/**
 * What the sources of a COPY name. A wildcard that hits a symlink which leads nowhere takes the link itself. Wildcards are Go's filepath.Match, part by part; with --parents also `**`. A wildcard
 * that matches nothing is no error, a name without one that is missing is.
 */
export declare function select(source: CopySource, texts: readonly SourceText[], options: {
    parents: boolean;
}): Promise<Selected[]>;
