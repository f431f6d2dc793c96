import { Readable } from 'node:stream';
import { type HttpResponse, type RetryPolicy } from '../http.js';
import type { Descriptor } from '../oci/descriptor.js';
export interface DownloadOptions {
    descriptor: Descriptor;
    /** Asks for the blob from `offset` on (a Range request when that is not 0). Fails when the registry refuses. */
    open: (headers: Record<string, string>) => Promise<HttpResponse>;
    /** Check the digest here; false when who reads does it anyway. The size is always checked. */
    verify: boolean;
    signal?: AbortSignal | undefined;
    /** Bytes that have arrived. */
    onProgress?: ((bytes: number) => void) | undefined;
    onRetry?: ((reason: string, delayMs: number) => void) | undefined;
    policy: RetryPolicy;
}
/**
 * A blob as a stream that survives lost connections: it asks again for the rest (Range, If-Range) and goes on where it was.
 * Ends in an error when there are more bytes than the descriptor says, fewer even after asking again, or other ones.
 */
export declare function download(options: DownloadOptions): Promise<Readable>;
