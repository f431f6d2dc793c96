import type { Digest } from '../oci/digest.js';
import type { ReleaseReport } from '../reports.js';
import type { Place, ReleaseRequest } from './request.js';
import type { Original } from './tag-mover.js';
/** Manifests as they were pushed, by repository and digest: whatever may have to be put is read before anything moves. */
export declare class Originals {
    #private;
    get(repository: string, digest: string): Original | undefined;
    load({ name, repository }: Place, digest: Digest, signal: AbortSignal | undefined): Promise<Original>;
}
/**
 * Makes sure that the target is whole in every place, copied where it lacks, and reads all bytes that may be put. A dry
 * run copies nothing. @throws ReleaseError `incomplete-image`
 */
export declare function prepareTarget({ places, source, signal, dryRun, progress }: ReleaseRequest, target: Digest, { moves }: ReleaseReport): Promise<Originals>;
