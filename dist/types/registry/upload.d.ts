import { Readable } from 'node:stream';
import { type HttpResponse, type RetryPolicy } from '../http.js';
import type { Descriptor } from '../oci/descriptor.js';
import type { RegistryRequest } from './transport.js';
export interface UploadOptions {
    registry: string;
    /** `/v2/app/blobs/uploads/`. */
    path: string;
    descriptor: Descriptor;
    /** The blob's bytes from `start` up to and without `end`. Called again when something has to be sent again. */
    open: (start: number, end: number) => Promise<Readable>;
    send: (request: Omit<RegistryRequest, 'scopes'>) => Promise<HttpResponse>;
    /** Whether the blob is there: an answer that was lost may have been a success. */
    has: () => Promise<boolean>;
    /** Address of an upload that a refused mount has begun already. */
    location?: URL | undefined;
    /** Send in pieces of so many bytes instead of at once. */
    chunkSize?: number | undefined;
    /** The body can be read only once. */
    once?: boolean;
    signal?: AbortSignal | undefined;
    onProgress?: ((bytes: number) => void) | undefined;
    onRetry?: ((reason: string, delayMs: number) => void) | undefined;
    policy: RetryPolicy;
}
/**
 * Sends one blob: POST for an upload session, then the whole blob in one PUT; after a lost connection the session is
 * asked what it has, and the rest follows in PATCHes. With `chunkSize` it is PATCHes from the start.
 */
export declare function uploadBlob(options: UploadOptions): Promise<void>;
/** Location may be relative to the address that was asked. */
export declare function locationOf(response: HttpResponse): URL | undefined;
/** `length` bytes of a stream from `start` on, for sources that can only be read from their beginning. */
export declare function sliceOf(source: Readable, start: number, end: number): Readable;
