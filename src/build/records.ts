import type { Cache, CacheKey, CacheRecord } from '../cache/cache.ts';
import type { LazyLayers } from '../cache/lazy-layers.ts';
import type { ContentStore, Layer } from '../content/store.ts';
import type { Platform } from '../oci/platform.ts';
import { cacheKey } from './cache-key.ts';

/** What a step's name begins with where it has no path of this machine. */
export const SHARED = 'shared\n';

/** A step's outcome as the cache keeps it. */
export interface Recorded {
  layer: Layer | undefined;
  /** RFC 3339. */
  created: string;
}

/** The build's view of its caches: the local one first, then those given with --cache-from. */
export class Records {
  readonly #content: ContentStore;
  readonly #caches: readonly Cache[];
  readonly #lazy: LazyLayers | undefined;

  constructor(content: ContentStore, caches: readonly Cache[], lazy?: LazyLayers) {
    this.#content = content;
    this.#caches = caches;
    this.#lazy = lazy;
  }

  /** A record whose blobs are all there, or can be had; one whose layer is gone counts as a miss. */
  async get(key: CacheKey): Promise<Recorded | undefined> {
    for (const [i, cache] of this.#caches.entries()) {
      const record = await cache.get(key);
      const found = record && (await this.#usable(record));
      if (found === undefined) continue;
      // What another cache gave is found in ours the next time.
      if (i > 0) await this.#caches[0]!.put(key, record!);
      return found;
    }
    return undefined;
  }

  async put(keys: Iterable<CacheKey>, { layer, created }: Recorded, platform: Platform): Promise<void> {
    const record = recordOf(layer === undefined ? [] : [layer], created, {}, platform);
    for (const key of new Set(keys)) await this.#caches[0]?.put(key, record);
  }

  /** What went into a step's key when it was executed last, by the step's names. */
  async lastInputs(identities: readonly string[]): Promise<Record<string, string> | undefined> {
    // of other machines' steps only their caches know; here another project may have the same paths
    for (const identity of identities)
      for (const cache of identity.startsWith(SHARED) ? this.#caches.slice(1) : this.#caches) {
        const record = await cache.get(explainKey(identity));
        if (record !== undefined) return record.inputs;
      }
    return undefined;
  }

  async putInputs(
    identities: readonly string[],
    inputs: Record<string, string>,
    created: string,
    platform: Platform,
  ): Promise<void> {
    const record = recordOf([], created, inputs, platform);
    for (const identity of identities) await this.#caches[0]?.put(explainKey(identity), record);
  }

  async #usable(record: CacheRecord): Promise<Recorded | undefined> {
    const [descriptor] = record.layers;
    const [diffId] = record.config.rootfs.diff_ids;
    if (descriptor === undefined || diffId === undefined) return { layer: undefined, created: record.created };
    return this.#lazy?.has(descriptor.digest) || (await this.#content.has(descriptor))
      ? { layer: { descriptor, diffId }, created: record.created }
      : undefined;
  }
}

function recordOf(
  layers: readonly Layer[],
  created: string,
  inputs: Record<string, string>,
  { os, architecture, variant }: Platform,
): CacheRecord {
  return {
    config: {
      os,
      architecture,
      ...(variant === undefined ? {} : { variant }),
      rootfs: { type: 'layers', diff_ids: layers.map((l) => l.diffId) },
    },
    layers: layers.map((l) => l.descriptor),
    created,
    inputs,
  };
}

function explainKey(identity: string): CacheKey {
  return cacheKey('explain', [['identity', identity]]);
}
