import type { Agent } from './agents.js';
import { HttpError } from './error.js';
import type { HttpResponse, RequestBody } from './types.js';
export interface Exchange {
    url: URL;
    method: string;
    headers: Record<string, string>;
    body: RequestBody | undefined;
    agent: Agent;
    /** A plain http: request that goes to a proxy: the whole address is the path. */
    proxy: URL | undefined;
    connectTimeoutMs: number;
    idleTimeoutMs: number;
    signal: AbortSignal | undefined;
    onSent: ((bytes: number) => void) | undefined;
}
/**
 * One request and its answer's head, without redirects or repetition. The answer may come before the request's body is
 * sent whole (a refusal): then it wins over the connection's end.
 */
export declare function exchange(e: Exchange): Promise<HttpResponse>;
/** Whether another set of authorities might accept the server's certificate. */
export declare function isUntrusted(error: HttpError): boolean;
