import { type ProxySettings } from '../http.js';
import { RegistryClient } from './client.js';
import type { CredentialSource } from './credentials.js';
/** What a command's flags add to the settings. */
export interface RegistryFlags {
    /** Hosts that may be spoken to without TLS. */
    insecure?: readonly string[];
    /** Asked before Docker Hub. */
    mirrors?: readonly string[];
}
export interface OpenRegistryOptions {
    proxies: {
        [K in keyof ProxySettings]: string | undefined;
    };
    /** File with authorities to trust beside the built-in ones. */
    extraCa?: string | undefined;
    /** Files with mirrors and insecure registries. */
    files: readonly string[];
    flags?: RegistryFlags;
    credentials: CredentialSource;
    userAgent?: string;
}
/** A client made from settings, with a pool of connections of its own. */
export declare function openRegistryClient(options: OpenRegistryOptions): Promise<RegistryClient>;
