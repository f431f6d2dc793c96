import type { Readable } from 'node:stream';
import { type RetryPolicy } from './http/retry.js';
import type { HttpOptions, HttpRequest, HttpResponse } from './http/types.js';
export { HttpError, redactSecrets, redactUrl } from './http/error.js';
export { inNetwork, isLoopback, type ProxySettings, proxyFromEnvironment } from './http/proxy.js';
export { backoff, isTransientError, isTransientStatus, pause, type RetryPolicy } from './http/retry.js';
export type { HttpOptions, HttpRequest, HttpResponse, RequestBody, TlsSettings } from './http/types.js';
/** The one HTTP client: keep-alive connections, proxies, extra authorities, redirects, repetition, cancellation. */
export declare class Http {
    #private;
    /** How it repeats: for callers that repeat more than one request themselves. */
    readonly policy: RetryPolicy;
    constructor(options?: HttpOptions);
    /** Any status is an answer, except that transient ones are asked for again first. Fails with HttpError when none comes. */
    request(request: HttpRequest): Promise<HttpResponse>;
    /** Ends idle connections, so that the process may end. */
    close(): void;
}
/** The whole body, refused when it is longer than `limit` bytes: an endless body costs no memory. */
export declare function readBody(response: HttpResponse, limit: number): Promise<Buffer>;
/** Reads a short body to its end so that the connection can be used again; gives up on a long one. */
export declare function discard(body: Readable): Promise<void>;
