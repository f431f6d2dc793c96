import type { Digest } from '../oci/digest.js';
import { type ReleaseEvent } from './shadow-tag.js';
/** One event of a channel, oldest first in a history. */
export interface HistoryEntry {
    time: Date;
    event: ReleaseEvent;
    digest: Digest;
    tag: string;
}
/** What history is read from: any repository. */
export interface TagSource {
    tags(options?: {
        signal?: AbortSignal | undefined;
    }): AsyncIterable<string>;
    resolve(tag: string, options?: {
        signal?: AbortSignal | undefined;
    }): Promise<{
        digest: Digest;
    }>;
}
/** A channel's events, from the shadow tags of a repository. */
export declare function readHistory(source: TagSource, channel: string, signal?: AbortSignal): Promise<HistoryEntry[]>;
/** What the events of a channel mean for the next one. */
export interface ChannelState {
    /** Digests to go back to: successful, each once, the newest first, without what is live and what was given up. */
    previous: Digest[];
    /** Digests that somebody rolled back from and nobody released again since. */
    given: ReadonlySet<Digest>;
    /** No automatic release until somebody says so. */
    held: boolean;
}
/**
 * `current` is what the channel names now. Rolling back twice goes further back: what was rolled back from is no
 * "previous", so nothing ever flips between two digests.
 */
export declare function channelState(history: readonly HistoryEntry[], current: Digest | undefined): ChannelState;
