import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { ProxySettings } from './proxy.js';
/** How one host is spoken to over TLS, beyond the system's certificates. */
export interface TlsSettings {
    /** Extra authorities, PEM. */
    ca?: readonly string[];
    /** Client certificate and key, PEM. */
    cert?: string;
    key?: string;
    /** Any certificate is good: only for registries that the user calls insecure. */
    insecure?: boolean;
}
export interface HttpOptions {
    proxy?: ProxySettings;
    /** PEM text of authorities to trust beside the built-in ones (the content of NODE_EXTRA_CA_CERTS). */
    extraCa?: readonly string[];
    /** Settings of a `host:port`; asked once for each. */
    tls?: (host: string) => Promise<TlsSettings | undefined>;
    userAgent?: string;
    /** Until the connection stands, TLS and proxy included. Default 30 s. */
    connectTimeoutMs?: number;
    /** Without a byte in either direction. Default 120 s. */
    idleTimeoutMs?: number;
    /** Attempts after the first. Default 5. */
    retries?: number;
    /** The first pause; each next is twice as long, up to `maxDelayMs`, with jitter. Default 250 ms and 30 s. */
    baseDelayMs?: number;
    maxDelayMs?: number;
    /** Connections to one host. Default 32. */
    maxSockets?: number;
}
/** A body that can be sent again: bytes, or a function that opens the stream anew for each attempt. */
export type RequestBody = Uint8Array | string | {
    length?: number;
    open: () => Readable | Promise<Readable>;
};
export interface HttpRequest {
    url: URL | string;
    method?: string;
    headers?: Readonly<Record<string, string>>;
    body?: RequestBody;
    signal?: AbortSignal | undefined;
    /** Follow redirects (default) or hand them back. */
    redirect?: 'follow' | 'manual';
    /** Attempts after the first; 0 for a body that can be read only once. Default: the client's. */
    retries?: number;
    idleTimeoutMs?: number;
    /** Hears of each repetition: what failed, and in how many milliseconds we try again. */
    onRetry?: ((reason: string, delayMs: number) => void) | undefined;
    /** Bytes of the request's body handed to the connection so far, in this attempt. */
    onSent?: ((bytes: number) => void) | undefined;
}
/** An answer of any status. The caller reads the body to its end or destroys it. */
export interface HttpResponse {
    status: number;
    headers: IncomingHttpHeaders;
    /** Where the answer came from, after redirects. */
    url: URL;
    body: Readable;
}
