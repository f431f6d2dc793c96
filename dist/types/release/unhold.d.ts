import type { Place } from './request.js';
/** Ends the hold of a rollback: automatic releases move the channel again. False when it is not held. */
export declare function unholdChannel(places: readonly Place[], channel: string, time: Date, signal?: AbortSignal): Promise<boolean>;
