import type { CacheKey, CacheRecord } from '../../cache/cache.js';
import type { Digest } from '../../oci/digest.js';
import type { CacheSaveReport } from '../../reports.js';
import type { CacheContext } from './context.js';
import type { CacheLocation } from './location.js';
type Saved = Pick<CacheSaveReport, 'outcome' | 'blobs' | 'bytes' | 'mounts'>;
/** Writes records, their layers and cache mounts to one place. */
export declare function saveCache(caches: CacheContext, location: CacheLocation, records: ReadonlyMap<CacheKey, CacheRecord>, resultLayers: ReadonlySet<Digest>): Promise<Saved>;
export {};
