import { type HttpResponse } from '../http.js';
import type { Descriptor } from '../oci/descriptor.js';
import { type MediaType } from '../oci/media-type.js';
import type { Connection, TransferOptions } from './connection.js';
/** What we take, schema 1 only to refuse it by name. */
export declare const ACCEPT: string;
/** Manifests and indexes of one repository. */
export declare class RemoteManifests {
    #private;
    constructor(to: Connection);
    /** The descriptor behind a tag or digest; the manifest itself is not fetched where HEAD tells enough (it costs no pull). */
    resolve(tagOrDigest: string, options?: TransferOptions): Promise<Descriptor>;
    /** A manifest's original bytes, checked against its digest when that is known. */
    get(tagOrDigest: string, options?: TransferOptions): Promise<{
        descriptor: Descriptor;
        bytes: Buffer;
    }>;
    /** Puts a manifest under its digest, or under a tag; tells whether the registry keeps the list of what refers to its subject. */
    put(bytes: Uint8Array, mediaType: MediaType, tag?: string, options?: TransferOptions): Promise<{
        descriptor: Descriptor;
        subjectKept: boolean;
    }>;
}
export declare function mediaTypeOf(response: HttpResponse): MediaType;
/** Manifest or index: what lies under `/manifests/`. Some registries say `application/json` or text/plain instead. */
export declare function isDocument(type: MediaType): boolean;
/** Nobody needs a larger one, and we would have to hold it in memory. */
export declare function refuseLarge(size: number, where: string): void;
