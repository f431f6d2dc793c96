import { type Http } from '../http.js';
import type { Reference } from '../oci/reference.js';
import type { RegistryConfig } from './config.js';
import type { TransferOptions } from './connection.js';
import type { Credential, CredentialSource } from './credentials.js';
import { Repository } from './repository.js';
export interface RegistryClientOptions {
    http: Http;
    credentials: CredentialSource;
    config: RegistryConfig;
}
/** Speaks to any number of registries, with one pool of connections and one memory of tokens. */
export declare class RegistryClient {
    #private;
    /** The connections it uses. */
    readonly http: Http;
    constructor(options: RegistryClientOptions);
    repository(reference: Reference): Repository;
    /** Fails when the registry does not take the client's credentials. */
    checkLogin(registry: string, options?: TransferOptions): Promise<void>;
    /** Names of a registry's repositories; many registries refuse to tell. */
    catalog(registry: string, options?: TransferOptions): AsyncGenerator<string>;
    /** Ends idle connections. */
    close(): void;
}
/** A source that knows one registry's credential: what `login` tries before it keeps it. */
export declare function onlyFor(registry: string, credential: Credential): CredentialSource;
