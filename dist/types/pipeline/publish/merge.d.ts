import { ContainerizeError } from '../../errors.js';
import type { Descriptor } from '../../oci/descriptor.js';
import { type Digest } from '../../oci/digest.js';
import { type Progress } from '../../progress.js';
import type { TagGuard } from '../../release/tags/tag-guard.js';
import { type PublishedPlace, type PublishServices } from './publish.js';
export declare class MergeError extends ContainerizeError<'no-digests' | 'digest-missing' | 'platform-missing' | 'platform-twice' | 'platform-unexpected'> {
}
export interface MergeRequest {
    /** Full names of the index; the repository of one of them holds all digests, others get them from there. */
    names: readonly string[];
    digests: readonly Digest[];
    /** Platforms that must be there, all of them and no others; absent: whatever there is. */
    platforms?: readonly string[];
    /** Keeps tags from moving to a lower version. */
    guard?: TagGuard | undefined;
    progress?: Progress;
    signal?: AbortSignal | undefined;
}
export interface Merged {
    descriptor: Descriptor;
    platforms: string[];
    places: PublishedPlace[];
}
/**
 * Makes one index of images that jobs pushed by digest, once all of them are whole. The same digests give the same
 * bytes, so that a second merge changes nothing. @throws MergeError, ReleaseError `incomplete-image`, PublishError
 */
export declare function mergeImages(services: PublishServices, request: MergeRequest): Promise<Merged>;
