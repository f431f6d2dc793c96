import type { Image } from '../content/store.js';
import type { Descriptor } from '../oci/descriptor.js';
import { type Reference } from '../oci/reference.js';
import { type Progress } from '../progress.js';
import type { RegistryClient } from './client.js';
import type { KnownSources } from './known-sources.js';
export interface PushOptions {
    progress?: Progress | undefined;
    signal?: AbortSignal | undefined;
    /** Blobs in transfer at once; default 5. */
    parallel?: number | undefined;
    /** More tags beside the reference's own, set last. */
    tags?: readonly string[] | undefined;
    /** Knows where blobs can be mounted from, and learns where they are now. */
    sources?: KnownSources | undefined;
    /** Send blobs in chunks of so many bytes. */
    chunkSize?: number | undefined;
}
/**
 * Sends an image to a registry: layers and configs that it lacks, then manifests under their digests, then the index, and
 * the tags last, so that nobody who pulls the tag finds anything missing. Returns what the tags name now.
 */
export declare function pushImage(client: RegistryClient, image: Image, reference: Reference, options?: PushOptions): Promise<Descriptor>;
