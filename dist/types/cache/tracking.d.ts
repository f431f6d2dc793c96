import type { Digest } from '../oci/digest.js';
import type { Cache, CacheKey, CacheRecord } from './cache.js';
/** Passes on to a cache and remembers what one build found and stored: that is what it exports. */
export declare class TrackingCache implements Cache {
    #private;
    constructor(cache: Cache);
    get(key: CacheKey): Promise<CacheRecord | undefined>;
    put(key: CacheKey, record: CacheRecord): Promise<void>;
    /** Mode `max`: everything. Mode `min`: only records whose layers are all part of the result. */
    used(mode: 'min' | 'max', resultLayers?: Iterable<Digest>): Map<CacheKey, CacheRecord>;
}
