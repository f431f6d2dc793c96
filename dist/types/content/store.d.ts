import type { Readable } from 'node:stream';
import type { Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import type { MediaType } from '../oci/media-type.js';
/**
 * Whoever holds blobs speaks these: the layout on disk, memory, a registry. Functions ask for the smallest one.
 */
export interface Fetcher {
    /** The blob's bytes. The stream fails at its end when size or digest differ from the descriptor. The caller destroys a stream that it does not read to the end. */
    fetch(descriptor: Descriptor): Promise<Readable>;
    /** The bytes as they are stored, for a reader who proves what it makes of them by another digest, as a layer's diff ID. */
    fetchUnchecked?(descriptor: Descriptor): Promise<Readable>;
}
export interface Pusher {
    /**
     * Stores the blob. Idempotent: success means "the blob is there", not "because of this call". The body is read to
     * its end or destroyed; it is refused when size or digest differ.
     */
    push(descriptor: Descriptor, body: Readable): Promise<void>;
}
export interface ContentStore extends Fetcher, Pusher {
    has(descriptor: Descriptor): Promise<boolean>;
}
/** A local store, which can take a blob whose digest is known only at its end. */
export interface Ingester {
    ingest(mediaType: MediaType, body: Readable): Promise<Descriptor>;
}
/** An image (or index, or artifact) is a descriptor and somewhere to fetch what it names. */
export interface Image {
    descriptor: Descriptor;
    content: Fetcher;
}
/** A layer as a build or an unpack needs it: the blob, and the digest of its uncompressed tar. */
export interface Layer {
    descriptor: Descriptor;
    diffId: Digest;
}
