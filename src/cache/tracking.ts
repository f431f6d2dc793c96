import type { Digest } from '../oci/digest.ts';
import type { Cache, CacheKey, CacheRecord } from './cache.ts';

/** Passes on to a cache and remembers what one build found and stored: that is what it exports. */
export class TrackingCache implements Cache {
  readonly #cache: Cache;
  readonly #used = new Map<CacheKey, CacheRecord>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  async get(key: CacheKey): Promise<CacheRecord | undefined> {
    const record = await this.#cache.get(key);
    if (record) this.#used.set(key, record);
    return record;
  }

  async put(key: CacheKey, record: CacheRecord): Promise<void> {
    await this.#cache.put(key, record);
    this.#used.set(key, record);
  }

  /** Mode `max`: everything. Mode `min`: only records whose layers are all part of the result. */
  used(mode: 'min' | 'max', resultLayers: Iterable<Digest> = []): Map<CacheKey, CacheRecord> {
    if (mode === 'max') return new Map(this.#used);
    const layers = new Set(resultLayers);
    return new Map([...this.#used].filter(([, record]) => record.layers.every((layer) => layers.has(layer.digest))));
  }
}
