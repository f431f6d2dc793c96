import { type Http } from '../http.js';
import { type Challenge } from './challenge.js';
import { type RegistryConfig } from './config.js';
/** One place where a registry (or its mirror) answers, and how it wants us to log in. */
export interface Endpoint {
    /** As in image names, or the mirror's host: whose credentials are sent. */
    registry: string;
    /** `https://ghcr.io`. */
    origin: URL;
    mirror: boolean;
    /** Newest WWW-Authenticate seen; empty: nobody asked us to log in yet. */
    challenges: Challenge[];
}
/** Finds out once for each registry where and by which scheme it answers. */
export declare class Endpoints {
    #private;
    constructor(http: Http, config: RegistryConfig);
    /** The registry itself. */
    origin(registry: string, signal?: AbortSignal): Promise<Endpoint>;
    /** Its mirrors, in the user's order; each is connected when the one before it could not help. */
    mirrors(registry: string, signal?: AbortSignal): (() => Promise<Endpoint>)[];
}
