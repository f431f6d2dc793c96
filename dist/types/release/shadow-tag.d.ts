import { type Digest } from '../oci/digest.js';
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
export declare function shadowTag(channel: string, time: Date, event: ReleaseEvent, digest: Digest): string;
export declare function parseShadowTag(tag: string): ShadowTag | undefined;
/** A channel is a tag; of shadow tags' length something has to be left. */
export declare function checkChannel(channel: string): string;
