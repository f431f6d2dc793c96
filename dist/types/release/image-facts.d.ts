import type { Digest } from '../oci/digest.js';
import type { Repository } from '../registry/repository.js';
import { type SemVer } from './tags/semver.js';
/** What an image says about itself, in its labels. */
export interface ImageFacts {
    version?: string;
    semver?: SemVer;
    /** `io.containerize.schema-revision`: the version of the data that the program works with. */
    schemaRevision?: number;
}
/** Labels of the first image of an index; nothing of an image that cannot be read. */
export declare function readImageFacts(repository: Repository, digest: Digest, signal?: AbortSignal): Promise<ImageFacts>;
