import type { ContentStore, Fetcher, Image } from '../content/store.js';
import { ContainerizeError } from '../errors.js';
import { type Descriptor } from '../oci/descriptor.js';
import { type Digest } from '../oci/digest.js';
import type { Progress } from '../progress.js';
import type { Cache, CacheKey, CacheRecord } from './cache.js';
import type { LazyLayers } from './lazy-layers.js';
import type { Meter } from './metered.js';
import { type SavedMount } from './saved-mount.js';
/** Largest list of records that we read, in bytes. */
export declare const MAX_RECORDS: number;
export declare class CacheError extends ContainerizeError<'not-a-cache' | 'no-such-cache' | 'no-service' | 'not-saved' | 'read-only'> {
}
/** What a bundle holds. */
export interface Bundle {
    records: Map<CacheKey, CacheRecord>;
    /** Contents of cache mounts, by the mounts' keys. */
    mounts: Map<string, SavedMount>;
}
/**
 * Packs records into one artifact, the same for every back end (a folder, a registry, a cache service): what moves it is
 * a graph copy. Records whose layers are not in the store are left out. The same records give the same digest.
 */
export declare function makeBundle(store: ContentStore, records: ReadonlyMap<CacheKey, CacheRecord>, mounts?: readonly SavedMount[]): Promise<Descriptor>;
/** Reads the records of a bundle. Layers stay where they are. */
export declare function readBundle(bundle: Image): Promise<Bundle>;
interface BundleOptions {
    progress?: Progress | undefined;
    signal?: AbortSignal | undefined;
    lazy?: LazyLayers | undefined;
    /** Counts what is fetched. */
    meter?: Meter | undefined;
}
/**
 * A read-only cache over a bundle. A hit brings the record's layers into the store, if they are not there yet; with
 * `lazy` it only makes sure that they can be had, and they come when something needs them.
 */
export declare class BundleCache implements Cache {
    #private;
    /** Records that were found, for the report. */
    readonly hits: Set<Digest>;
    constructor(bundle: Bundle, source: Fetcher, store: ContentStore, options?: BundleOptions);
    /** How many records it has. */
    get size(): number;
    /**
     * Records that cost nothing to keep beside those of these layers: the same layers under other keys, and what went into
     * steps, by which the next miss is explained. Without layers all records.
     */
    beside(layers: ReadonlySet<Digest> | undefined): Generator<[CacheKey, CacheRecord]>;
    get mounts(): ReadonlyMap<string, SavedMount>;
    /** Where its layers and mounts come from. */
    get source(): Fetcher;
    get(key: CacheKey): Promise<CacheRecord | undefined>;
    put(): Promise<void>;
}
export {};
