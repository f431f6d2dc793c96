import type { ContentStore } from '../content/store.js';
import type { Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import type { Platform } from '../oci/platform.js';
import type { Repository } from './repository.js';
/** A manifest or config with its bytes. */
export interface Document {
    descriptor: Descriptor;
    bytes: Buffer;
}
/** What a pull has to bring: the manifests that serve the platform, and the blobs they name. */
export declare class PullPlan {
    #private;
    /** Children before parents. */
    readonly documents: Document[];
    readonly blobs: Map<Digest, Descriptor>;
    constructor(repository: Repository, store: ContentStore, platform: Platform | 'all' | undefined, name: string);
    /** The image configs' bytes. */
    configs(): Promise<Document[]>;
    /** Reads manifests down to the blobs, taking from an index what serves the platform best. */
    collect(descriptor: Descriptor, depth: number): Promise<void>;
}
