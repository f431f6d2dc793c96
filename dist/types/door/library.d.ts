import { Containerize } from '../pipeline/api.js';
export interface OpenOptions {
    /** Where images, layers, containers and caches are kept; default as the command line's. */
    root?: string;
    /** Where state of this boot is kept. */
    run?: string;
}
/**
 * Opens the engine for this process, with the environment's settings (CONTAINERIZE_ROOT, proxies, docker's credentials).
 * The library never starts its caller again under sudo or in a user namespace: without the privileges it throws.
 */
export declare function openContainerize(options?: OpenOptions): Promise<Containerize>;
