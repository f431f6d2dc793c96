import { ContainerizeError } from '../errors.js';
export type HttpCode = 'connect-failed' | 'name-not-resolved' | 'tls-failed' | 'proxy-failed' | 'timeout' | 'connection-lost' | 'too-many-redirects' | 'too-large' | 'invalid-url' | 'status';
/** A request that got no usable answer. The message names method, address without secrets, and what happened. */
export declare class HttpError extends ContainerizeError<HttpCode> {
}
/** The address as it may be shown: no user, no password, no signatures in the query. */
export declare function redactUrl(url: URL | string): string;
/** `text` with every secret replaced by `***`, also in its base64 and percent-encoded spellings. */
export declare function redactSecrets(text: string, secrets: Iterable<string | undefined>): string;
