import type { Descriptor } from '../oci/descriptor.js';
import type { Cache, CacheKey, CacheRecord } from './cache.js';
/** One record, as df and prune see it. */
export interface LocalEntry {
    key: CacheKey;
    record: CacheRecord;
    /** When it was put or last found, milliseconds since 1970. */
    usedAt: number;
}
export interface CacheLimits {
    /** Records go, least recently used first, until the layers of the rest are not more than this. */
    maxBytes?: number | undefined;
    /** Records that were not used since go. Milliseconds since 1970. */
    unusedSince?: number | undefined;
    /** Only records that this says yes to are candidates. */
    only?: ((entry: LocalEntry) => boolean) | undefined;
}
/**
 * Build cache on disk: `<folder>/<first 2 digits>/<key>.json`, one record a file; its mtime is the time of last use.
 * Records hold descriptors only, the layers are in the content store, which keeps them as long as a record names them.
 */
export declare class LocalCache implements Cache {
    #private;
    readonly folder: string;
    constructor(folder: string);
    get(key: CacheKey): Promise<CacheRecord | undefined>;
    put(key: CacheKey, record: CacheRecord): Promise<void>;
    remove(key: CacheKey): Promise<void>;
    /** Every record, in no order. */
    entries(): AsyncGenerator<LocalEntry>;
    /** What gc must leave: the layers that records name. */
    roots(): AsyncGenerator<Descriptor>;
    /** Removes records that are beyond the limits; without limits all. Tells which; their blobs are gc's. */
    prune(limits?: CacheLimits): Promise<LocalEntry[]>;
}
