import { type HttpResponse } from '../http.js';
import type { Reference } from '../oci/reference.js';
import type { Endpoints } from './endpoint.js';
import { refusal } from './registry-error.js';
import type { RegistryRequest, Transport } from './transport.js';
export interface TransferOptions {
    signal?: AbortSignal | undefined;
    onProgress?: ((bytes: number) => void) | undefined;
    /** Hears of each repetition: what failed, and in how many milliseconds we try again. */
    onRetry?: ((reason: string, delayMs: number) => void) | undefined;
}
/** One repository's way to its registry: paths, scopes, mirrors for reads. */
export declare class Connection {
    #private;
    readonly reference: Reference;
    readonly transport: Transport;
    constructor(reference: Reference, endpoints: Endpoints, transport: Transport);
    /** A read: mirrors first, then the registry itself, whose answer counts. */
    read(request: Omit<RegistryRequest, 'scopes'> & TransferOptions): Promise<HttpResponse>;
    /** To the registry itself; any status is an answer. */
    send(request: RegistryRequest & TransferOptions): Promise<HttpResponse>;
    /** `/v2/app/tags/list`. */
    path(kind: string, what: string): string;
    scopes(actions: string): string[];
    /** The error for an answer of the wrong status. */
    refused(response: HttpResponse, method: string): ReturnType<typeof refusal>;
}
