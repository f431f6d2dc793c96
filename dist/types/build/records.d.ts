import type { Cache, CacheKey } from '../cache/cache.js';
import type { LazyLayers } from '../cache/lazy-layers.js';
import type { ContentStore, Layer } from '../content/store.js';
import type { Platform } from '../oci/platform.js';
/** What a step's name begins with where it has no path of this machine. */
export declare const SHARED = "shared\n";
/** A step's outcome as the cache keeps it. */
export interface Recorded {
    layer: Layer | undefined;
    /** RFC 3339. */
    created: string;
}
/** The build's view of its caches: the local one first, then those given with --cache-from. */
export declare class Records {
    #private;
    constructor(content: ContentStore, caches: readonly Cache[], lazy?: LazyLayers);
    /** A record whose blobs are all there, or can be had; one whose layer is gone counts as a miss. */
    get(key: CacheKey): Promise<Recorded | undefined>;
    put(keys: Iterable<CacheKey>, { layer, created }: Recorded, platform: Platform): Promise<void>;
    /** What went into a step's key when it was executed last, by the step's names. */
    lastInputs(identities: readonly string[]): Promise<Record<string, string> | undefined>;
    putInputs(identities: readonly string[], inputs: Record<string, string>, created: string, platform: Platform): Promise<void>;
}
