import { type Http, type HttpRequest, type HttpResponse, type RetryPolicy } from '../http.js';
import type { CredentialSource } from './credentials.js';
import type { Endpoint } from './endpoint.js';
export interface RegistryRequest extends Omit<HttpRequest, 'url'> {
    /** Path under the endpoint (`/v2/…`), or a whole address that the registry gave (an upload's Location). */
    target: string | URL;
    /** What a token must allow: `repository:app:pull,push`. */
    scopes: readonly string[];
}
/** Requests with the right Authorization: Basic or Bearer, as the registry asks; a refused token is renewed once. */
export declare class Transport {
    #private;
    constructor(http: Http, credentials: CredentialSource);
    /** How often and how patiently to repeat. */
    get policy(): RetryPolicy;
    send(endpoint: Endpoint, request: RegistryRequest): Promise<HttpResponse>;
}
