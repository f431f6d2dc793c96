import type { LoadedImage } from '../content/image.js';
import type { ContentStore, Image } from '../content/store.js';
import type { SourceLocation } from '../errors.js';
import type { Descriptor } from '../oci/descriptor.js';
import { type ImageConfig } from '../oci/image-config.js';
import { type Platform } from '../oci/platform.js';
import { type Reference } from '../oci/reference.js';
import type { Progress } from '../progress.js';
/** What `FROM image` and `--from=image` stand on. */
export interface BaseImage {
    /** As it is shown: `docker.io/library/debian:12@sha256:…`. */
    name: string;
    config: ImageConfig;
    layers: LoadedImage['layers'];
    /** Of the manifest for the platform. */
    descriptor: Descriptor;
    /** Brings the layers into the store; absent when they are there. */
    fetchLayers?: () => Promise<void>;
}
/**
 * Which source counts for `FROM name:tag`: `missing` uses the store's and pulls only what is not there, `always` pulls,
 * `newer` asks the registry and falls back to the store with a warning.
 */
export type PullPolicy = 'missing' | 'always' | 'newer';
/** A registry as the builder needs it; the door injects one. */
export interface ImageRegistry {
    /** Manifests and config only, into the store. `fetchLayers` brings the rest, and gives the image its name there. */
    resolve(reference: Reference, platform: Platform, options: {
        signal: AbortSignal;
        progress: Progress;
    }): Promise<{
        image: Image;
        fetchLayers: () => Promise<void>;
    }>;
}
export interface BaseImagesOptions {
    content: ContentStore;
    refs: {
        get(name: string): Promise<Descriptor | undefined>;
        list?(): Promise<readonly {
            name: string;
        }[]>;
    };
    registry?: ImageRegistry | undefined;
    pull: PullPolicy;
    progress: Progress;
    signal: AbortSignal;
}
/** Finds base images, each once a build. */
export declare class BaseImages {
    #private;
    constructor(options: BaseImagesOptions);
    /** `location` is the word that named it; `candidates` are stages that may have been meant. */
    find(name: string, platform: Platform, location: SourceLocation): Promise<BaseImage>;
}
