import type { ReleaseReport } from '../reports.js';
import type { Place, ReleaseRequest } from './request.js';
/**
 * Release, promote and rollback: one way to make a channel name a digest. Everything is resolved and proved before
 * anything moves; what was begun is finished or taken back, and the error says which.
 * @throws ReleaseError
 */
export declare function moveChannel(request: ReleaseRequest): Promise<ReleaseReport>;
/** Ends the hold of a rollback: automatic releases move the channel again. False when it is not held. */
export declare function unholdChannel(places: readonly Place[], channel: string, time: Date, signal?: AbortSignal): Promise<boolean>;
