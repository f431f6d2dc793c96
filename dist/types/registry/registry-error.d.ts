import { ContainerizeError } from '../errors.js';
import { type HttpResponse } from '../http.js';
/** What can go wrong with a registry, its answers and its credentials. */
export declare class RegistryError extends ContainerizeError<'unauthorized' | 'denied' | 'not-found' | 'rate-limited' | 'server-error' | 'refused' | 'unsupported' | 'invalid-answer' | 'digest-mismatch' | 'size-mismatch' | 'truncated' | 'too-large' | 'no-such-platform' | 'not-in-store' | 'disk-full' | 'upload-failed' | 'credential-helper' | 'invalid-config' | 'login-failed'> {
    /** Status of the answer, where there was one. */
    readonly status: number | undefined;
    constructor(code: RegistryError['code'], message: string, options?: {
        cause?: unknown;
        hint?: string | undefined;
        status?: number;
    });
}
/**
 * The error for an answer of the wrong status: the deed, the address without secrets, and the registry's own words
 * (distribution-spec § Error Codes). Reads the body.
 */
export declare function refusal(response: HttpResponse, method: string, registry: string): Promise<RegistryError>;
