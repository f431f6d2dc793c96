import { type Http } from '../http.js';
import type { Challenge } from './challenge.js';
import type { Credential } from './credentials.js';
export interface TokenRequest {
    registry: string;
    challenge: Challenge;
    /** Where the challenge came from: a secret never goes from https to plain http. */
    origin: URL;
    scopes: readonly string[];
    credential: Credential | undefined;
    signal?: AbortSignal | undefined;
}
/** Bearer tokens, cached until shortly before their end; equal requests at one time are one request. */
export declare class Tokens {
    #private;
    constructor(http: Http);
    get(request: TokenRequest): Promise<string>;
    /** Forgets a token that the registry refused. */
    forget(request: TokenRequest): void;
}
/** Value of an Authorization header. */
export declare function basic(credential: Credential): string;
