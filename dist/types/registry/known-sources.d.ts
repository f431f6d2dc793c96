import type { Digest } from '../oci/digest.js';
/**
 * Remembers which repositories of a registry hold a blob, because we saw it there: a push to another repository of the
 * same registry can then mount it instead of sending it. One file a registry, a line an observation, only ever appended,
 * so that several processes may write. A wrong line costs one request.
 */
export declare class KnownSources {
    #private;
    constructor(folder: string);
    /** Repositories where the blobs were seen, newest first. */
    find(registry: string): Promise<(digest: Digest) => string[]>;
    /** Never fails: without the record a push only sends more. */
    add(registry: string, repository: string, digests: readonly Digest[]): Promise<void>;
}
