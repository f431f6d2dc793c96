import { type Digest, digestHex } from '../oci/digest.ts';
import { ReleaseError } from './error.ts';

/**
 * What a shadow tag remembers: a channel came to name a digest. One tag an event, never moved, made on any registry, so
 * that the old digests stay alive through clean-ups and `tags/list` tells the history:
 * `production.20261120T155803123Z.rollback.ab12cd34ef56`.
 */
export interface ShadowTag {
  tag: string;
  channel: string;
  time: Date;
  event: ReleaseEvent;
  /** First digits of the digest that the tag names. */
  digits: string;
}

/** `seen`: what was live before our first event. `unhold`: the hold of a rollback was ended. `rollback-open`: one without a hold. */
export type ReleaseEvent = 'seen' | 'release' | 'promote' | 'rollback' | 'rollback-open' | 'unhold';

const EVENTS: readonly ReleaseEvent[] = ['seen', 'release', 'promote', 'rollback', 'rollback-open', 'unhold'];
const DIGITS = 12;
const SHADOW = /^(.+)\.(\d{8})T(\d{9})Z\.([a-z-]+)\.([0-9a-f]{12})$/;
/** What is left of a tag's 128 characters. */
const LONGEST_CHANNEL = 128 - '.20261120T155803123Z.rollback-open.ab12cd34ef56'.length;

export function shadowTag(channel: string, time: Date, event: ReleaseEvent, digest: Digest): string {
  const stamp = time.toISOString().replace(/[-:.]/g, '');
  return `${channel}.${stamp}.${event}.${digestHex(digest).slice(0, DIGITS)}`;
}

export function parseShadowTag(tag: string): ShadowTag | undefined {
  const match = SHADOW.exec(tag);
  const event = EVENTS.find((e) => e === match?.[4]);
  if (match === null || event === undefined) return undefined;
  const [, channel, day, clock, , digits] = match as unknown as string[];
  const time = new Date(
    `${day!.slice(0, 4)}-${day!.slice(4, 6)}-${day!.slice(6)}T${clock!.slice(0, 2)}:${clock!.slice(2, 4)}:${clock!.slice(4, 6)}.${clock!.slice(6)}Z`,
  );
  return Number.isNaN(time.getTime()) ? undefined : { tag, channel: channel!, time, event, digits: digits! };
}

/** A channel is a tag; of shadow tags' length something has to be left. */
export function checkChannel(channel: string): string {
  if (!/^\w[\w.-]*$/.test(channel) || channel.length > LONGEST_CHANNEL || parseShadowTag(channel) !== undefined) {
    throw new ReleaseError('bad-channel', `expected the name of a channel, found "${channel.slice(0, 140)}"`, {
      hint: `a channel is a tag such as production or latest: letters, digits, "_", "." and "-", at most ${LONGEST_CHANNEL}`,
    });
  }
  return channel;
}
