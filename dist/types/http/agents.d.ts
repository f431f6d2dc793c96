import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { TlsSettings } from './types.js';
export type Agent = HttpAgent | HttpsAgent;
interface AgentSettings {
    maxSockets: number;
    connectTimeoutMs: number;
    extraCa: readonly string[];
}
/** Keep-alive connection pools: one for each pair of proxy and TLS settings, so that client certificates stay with their host. */
export declare class Agents {
    #private;
    constructor(settings: AgentSettings);
    /** From now on also trusts what the system trusts, as docker does; false when it already did. Slow: only when a certificate was not good. */
    trustSystem(): boolean;
    /** `host` keys the pool when TLS settings are the host's own. */
    for(url: URL, proxy: URL | undefined, tls: TlsSettings | undefined): Agent;
    close(): void;
}
export {};
