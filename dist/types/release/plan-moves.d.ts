import type { Digest } from '../oci/digest.js';
import type { ReleaseReport, TagMove } from '../reports.js';
import type { ReleaseRequest } from './request.js';
/** What a channel comes from and goes to. */
export interface Course {
    target: Digest;
    current: Digest | undefined;
    /** Moves of a run that was cut off: where its tags came from is known. */
    earlier?: readonly TagMove[] | undefined;
}
/** What is going to move, tag by tag: the channel's own is the last. @throws ReleaseError `older-version` */
export declare function planMoves(request: ReleaseRequest, { target, current, earlier }: Course): Promise<ReleaseReport>;
