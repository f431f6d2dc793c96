import type { Digest } from '../oci/digest.js';
import type { TagMove } from '../reports.js';
/** What is written down before the first tag moves, so that a run that was cut off can be taken up again. */
export interface JournalEntry {
    action: string;
    channel: string;
    target: Digest;
    moves: TagMove[];
    began: string;
    /** Whose the registry's locks are: a run that is cut off leaves them. */
    owner?: string;
}
/** One file a channel and set of repositories; there while tags are being moved, and after a crash. */
export declare class Journal {
    #private;
    constructor(folder: string, channel: string, repositories: readonly string[]);
    /** What an earlier run left when it was cut off. A file that is damaged tells nothing. */
    read(): Promise<JournalEntry | undefined>;
    /** Lasts before this resolves. */
    write(entry: JournalEntry): Promise<void>;
    clear(): Promise<void>;
}
