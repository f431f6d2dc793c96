import type { ReleaseReport } from '../reports.js';
import type { ReleaseRequest } from './request.js';
/**
 * Release, promote and rollback: one way to make a channel name a digest. Everything is resolved and proved before
 * anything moves; what was begun is finished or taken back, and the error says which.
 * @throws ReleaseError
 */
export declare function moveChannel(request: ReleaseRequest): Promise<ReleaseReport>;
