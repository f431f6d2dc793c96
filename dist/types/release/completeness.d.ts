import type { Digest } from '../oci/digest.js';
import type { Repository } from '../registry/repository.js';
/**
 * Proves that everything that `digest` leads to is still in the repository: every platform's manifest, every config,
 * every layer, what attests them. Clean-up jobs delete untagged children of an index, and a tag moved to such an index
 * breaks every pull. @throws ReleaseError `incomplete-image`, naming all that is missing
 */
export declare function proveComplete(repository: Repository, name: string, digest: Digest, signal?: AbortSignal): Promise<void>;
