import type { Image } from '../content/store.js';
import type { Descriptor } from '../oci/descriptor.js';
import type { Platform } from '../oci/platform.js';
import { type Reference } from '../oci/reference.js';
import type { Progress } from '../progress.js';
import type { RegistryClient } from './client.js';
import type { KnownSources } from './known-sources.js';
import { type PullTarget } from './pull.js';
export interface ImageRegistryOptions {
    client: RegistryClient;
    store: PullTarget;
    refs: {
        set(name: string, descriptor: Descriptor): Promise<void>;
    };
    sources?: KnownSources | undefined;
}
/** Base images for a builder: what they are at once, their layers only when a step needs them. */
export declare class ImageRegistry {
    #private;
    constructor(options: ImageRegistryOptions);
    /**
     * Manifests and config, held in memory. `fetchLayers` brings everything into the store, children before parents, and
     * gives the image its name there.
     */
    resolve(reference: Reference, platform: Platform, options: {
        signal?: AbortSignal;
        progress?: Progress;
    }): Promise<{
        image: Image;
        fetchLayers: () => Promise<void>;
    }>;
}
