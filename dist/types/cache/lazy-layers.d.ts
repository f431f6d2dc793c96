import type { ContentStore, Fetcher } from '../content/store.js';
import { ContainerizeError } from '../errors.js';
import type { Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import type { Progress } from '../progress.js';
/** A layer that a cache promised could not be had after all. */
export declare class LazyLayerError extends ContainerizeError<'cache-layer-lost'> {
}
/**
 * Layers that a cache elsewhere has and that nothing needed yet: a step that hits adds its layer here, and it is fetched
 * when something has to be unpacked on it, or when it is part of the result. Most never are.
 */
export declare class LazyLayers {
    #private;
    /** Compressed bytes that were fetched, for the report. */
    fetched: number;
    constructor(store: ContentStore, options?: {
        progress?: Progress | undefined;
        signal?: AbortSignal | undefined;
    });
    add(layer: Descriptor, source: Fetcher): void;
    has(digest: Digest): boolean;
    /** Where a layer is that was not needed here. */
    sourceOf(digest: Digest): Fetcher | undefined;
    /** Forgets what was promised: the next look finds only what is in the store. */
    clear(): void;
    /** Brings those that are still elsewhere into the store. @throws LazyLayerError */
    fetch(layers: readonly Descriptor[]): Promise<void>;
    /** The store, and what can be had: for an export that has nothing to read of what is at its destination. */
    view(): ContentStore;
}
