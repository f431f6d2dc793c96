import type { ContentStore, Fetcher, Image } from '../content/store.js';
import { ContainerizeError } from '../errors.js';
import { type Descriptor } from '../oci/descriptor.js';
import type { Progress } from '../progress.js';
import type { Cache, CacheKey, CacheRecord } from './cache.js';
import type { LazyLayers } from './lazy-layers.js';
export declare class CacheError extends ContainerizeError<'not-a-cache' | 'no-such-cache'> {
}
/**
 * Packs records into one artifact, the same for every back end (a folder, a registry, a cache service): what moves it is
 * a graph copy. Records whose layers are not in the store are left out. The same records give the same digest.
 */
export declare function makeBundle(store: ContentStore, records: ReadonlyMap<CacheKey, CacheRecord>): Promise<Descriptor>;
/** Reads the records of a bundle. Layers stay where they are. */
export declare function readBundle(bundle: Image): Promise<Map<CacheKey, CacheRecord>>;
interface BundleOptions {
    progress?: Progress | undefined;
    signal?: AbortSignal | undefined;
    lazy?: LazyLayers | undefined;
}
/**
 * A read-only cache over a bundle. A hit brings the record's layers into the store, if they are not there yet; with
 * `lazy` it only makes sure that they can be had, and they come when something needs them.
 */
export declare class BundleCache implements Cache {
    #private;
    constructor(records: Map<CacheKey, CacheRecord>, source: Fetcher, store: ContentStore, options?: BundleOptions);
    get(key: CacheKey): Promise<CacheRecord | undefined>;
    put(): Promise<void>;
}
export {};
