import { Readable } from 'node:stream';
import type { ContentStore, Fetcher } from '../content/store.js';
import type { Descriptor } from '../oci/descriptor.js';
import { type Digest } from '../oci/digest.js';
import type { MediaType } from '../oci/media-type.js';
import type { Reference } from '../oci/reference.js';
import { type TransferOptions } from './connection.js';
import type { Endpoints } from './endpoint.js';
import { type OpenBlob, type PushBlobOptions } from './remote-blobs.js';
import type { Transport } from './transport.js';
/** One repository of a registry: a content store over HTTP (distribution-spec 1.1). */
export declare class Repository implements ContentStore {
    #private;
    readonly reference: Reference;
    constructor(reference: Reference, endpoints: Endpoints, transport: Transport);
    /** The descriptor behind a tag or digest; the manifest itself is not fetched where HEAD tells enough (it costs no pull). */
    resolve(tagOrDigest: string, options?: TransferOptions): Promise<Descriptor>;
    /** A manifest's original bytes, checked against its digest when that is known. */
    manifest(tagOrDigest: string, options?: TransferOptions): Promise<{
        descriptor: Descriptor;
        bytes: Buffer;
    }>;
    fetch(descriptor: Descriptor, options?: TransferOptions): Promise<Readable>;
    /** For a reader that checks the digest itself (a local store): hashing a layer twice costs as much as sending it. */
    unverified(options?: TransferOptions): Fetcher;
    has(descriptor: Descriptor, options?: TransferOptions): Promise<boolean>;
    /** A body can be read only once, so a connection lost while a blob is sent is a failure here; `pushBlob` sends again. */
    push(descriptor: Descriptor, body: Readable, options?: PushBlobOptions): Promise<void>;
    /** As `push`, from a source that can be read again from any byte, so that a lost connection is no failure. */
    pushBlob(descriptor: Descriptor, open: OpenBlob, options?: PushBlobOptions & {
        once?: boolean;
    }): Promise<'pushed' | 'mounted'>;
    /** Makes a blob of another repository of the same registry ours, without sending it; false when the registry does not. */
    mount(descriptor: Descriptor, fromRepository: string, options?: TransferOptions): Promise<boolean>;
    /** Puts a manifest under its digest, or under a tag. */
    pushManifest(bytes: Uint8Array, mediaType: MediaType, tag?: string, options?: TransferOptions): Promise<Descriptor>;
    /** All tags, in the registry's order, page by page. */
    tags(options?: TransferOptions & {
        pageSize?: number;
    }): AsyncGenerator<string>;
    /** Removes a tag, or a manifest with all its tags, or a blob. False when it was not there. */
    delete(what: {
        tag: string;
    } | {
        manifest: Digest;
    } | {
        blob: Digest;
    }, options?: TransferOptions): Promise<boolean>;
    /** What refers to a manifest: signatures, SBOMs, attestations. Where the registry has no such list, the tag that clients keep instead. */
    referrers(subject: Descriptor | Digest, options?: TransferOptions & {
        artifactType?: string;
    }): Promise<Descriptor[]>;
}
