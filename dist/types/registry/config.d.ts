import { type TlsSettings } from '../http.js';
/** How registries are reached, beyond what their names say. */
export interface RegistryConfig {
    /** Addresses asked before the registry itself, by registry: pulls only. */
    mirrors: Readonly<Record<string, readonly string[]>>;
    /** `host[:port]` or networks that may be spoken to without TLS, or with a certificate that nobody checks. */
    insecure: readonly string[];
    /** Folders with `HOST/{*.crt,*.cert,*.key}`, as docker's /etc/docker/certs.d. */
    certificates: readonly string[];
}
export declare const DEFAULT_CONFIG: RegistryConfig;
/**
 * Reads settings in the manner of docker's daemon.json: `registry-mirrors` (for docker.io), `insecure-registries`, and
 * ours for others: `mirrors: {"ghcr.io": ["https://mirror.example"]}`. Other keys are left alone.
 */
export declare function parseRegistryConfig(text: string, file: string): RegistryConfig;
/** Settings of several files and of flags, the first named first. Files that do not exist are skipped. */
export declare function readRegistryConfig(files: readonly string[], flags?: {
    insecure?: readonly string[];
    mirrors?: readonly string[];
}): Promise<RegistryConfig>;
/** `host[:port]` that a registry's name is dialled at. */
export declare function hostOfRegistry(registry: string): string;
export declare function mirrorUrl(address: string): URL;
/** Whether docker would speak to this host without a good certificate: what the user listed, and this machine. */
export declare function isInsecure(host: string, config: RegistryConfig): boolean;
/** The function that the HTTP client asks for a host's TLS settings. */
export declare function tlsSettings(config: RegistryConfig): (host: string) => Promise<TlsSettings | undefined>;
