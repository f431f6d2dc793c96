import { codeOf } from '../errors.ts';
import type { Digest } from '../oci/digest.ts';
import { isDigest } from '../oci/digest.ts';
import { parseShadowTag, type ReleaseEvent, type ShadowTag } from './shadow-tag.ts';

/** One event of a channel, oldest first in a history. */
export interface HistoryEntry {
  time: Date;
  event: ReleaseEvent;
  digest: Digest;
  tag: string;
}

/** What history is read from: any repository. */
export interface TagSource {
  tags(options?: { signal?: AbortSignal | undefined }): AsyncIterable<string>;
  resolve(tag: string, options?: { signal?: AbortSignal | undefined }): Promise<{ digest: Digest }>;
}

/** A channel's events, from the shadow tags of a repository. */
export async function readHistory(source: TagSource, channel: string, signal?: AbortSignal): Promise<HistoryEntry[]> {
  const found: ShadowTag[] = [];
  try {
    for await (const tag of source.tags({ signal })) {
      const shadow = parseShadowTag(tag);
      if (shadow?.channel === channel) found.push(shadow);
    }
  } catch (error) {
    // a repository that nothing was pushed to yet
    if (codeOf(error) === 'not-found') return [];
    throw error;
  }
  found.sort((a, b) => a.time.getTime() - b.time.getTime() || (a.tag < b.tag ? -1 : 1));
  const entries: HistoryEntry[] = [];
  for (const { time, event, tag, digits } of found) {
    const { digest } = await source.resolve(tag, { signal });
    // a tag that somebody moved says nothing any more
    if (isDigest(digest) && digest.includes(`:${digits}`)) entries.push({ time, event, digest, tag });
  }
  return entries;
}

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
export function channelState(history: readonly HistoryEntry[], current: Digest | undefined): ChannelState {
  const given = new Set<Digest>();
  const order: Digest[] = [];
  let live: Digest | undefined;
  let held = false;
  for (const { event, digest } of history) {
    if (event === 'unhold') {
      held = false;
      continue;
    }
    const back = event === 'rollback' || event === 'rollback-open';
    if (back && live !== undefined && live !== digest) given.add(live);
    // whatever is made live on purpose is good again
    given.delete(digest);
    held = event === 'rollback';
    live = digest;
    order.push(digest);
  }
  // Going back to X leaves what came after X out: the one before X is the next.
  const stack: Digest[] = [];
  for (const [i, digest] of order.entries()) {
    const event = history.filter((h) => h.event !== 'unhold')[i]!.event;
    const at = stack.lastIndexOf(digest);
    if ((event === 'rollback' || event === 'rollback-open') && at >= 0) stack.length = at + 1;
    else if (stack.at(-1) !== digest) stack.push(digest);
  }
  const top = current ?? stack.at(-1);
  const at = top === undefined ? -1 : stack.lastIndexOf(top);
  const below = (at < 0 ? stack : stack.slice(0, at)).toReversed();
  const previous = [...new Set(below)].filter((digest) => digest !== top && !given.has(digest));
  return { previous, given, held };
}
