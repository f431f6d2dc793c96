import { copyGraph } from '../content/copy.ts';
import type { ContentStore, Fetcher } from '../content/store.ts';
import { ContainerizeError, messageOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Progress } from '../progress.ts';

/** A layer that a cache promised could not be had after all. */
export class LazyLayerError extends ContainerizeError<'cache-layer-lost'> {}

/**
 * Layers that a cache elsewhere has and that nothing needed yet: a step that hits adds its layer here, and it is fetched
 * when something has to be unpacked on it, or when it is part of the result. Most never are.
 */
export class LazyLayers {
  readonly #store: ContentStore;
  readonly #options: { progress?: Progress | undefined; signal?: AbortSignal | undefined };
  readonly #sources = new Map<Digest, Fetcher>();
  readonly #fetching = new Map<Digest, Promise<void>>();
  /** Compressed bytes that were fetched, for the report. */
  fetched = 0;

  constructor(
    store: ContentStore,
    options: { progress?: Progress | undefined; signal?: AbortSignal | undefined } = {},
  ) {
    this.#store = store;
    this.#options = options;
  }

  add(layer: Descriptor, source: Fetcher): void {
    if (!this.#sources.has(layer.digest)) this.#sources.set(layer.digest, source);
  }

  has(digest: Digest): boolean {
    return this.#sources.has(digest);
  }

  /** Where a layer is that was not needed here. */
  sourceOf(digest: Digest): Fetcher | undefined {
    return this.#sources.get(digest);
  }

  /** Forgets what was promised: the next look finds only what is in the store. */
  clear(): void {
    this.#sources.clear();
    this.#fetching.clear();
  }

  /** Brings those that are still elsewhere into the store. @throws LazyLayerError */
  async fetch(layers: readonly Descriptor[]): Promise<void> {
    await Promise.all(layers.map((layer) => this.#fetch(layer)));
  }

  /** The store, and what can be had: for an export that has nothing to read of what is at its destination. */
  view(): ContentStore {
    return {
      has: async (descriptor) => this.has(descriptor.digest) || this.#store.has(descriptor),
      fetch: async (descriptor) => {
        const source = this.#sources.get(descriptor.digest);
        return source === undefined || (await this.#store.has(descriptor))
          ? this.#store.fetch(descriptor)
          : source.fetch(descriptor);
      },
      push: (descriptor, body) => this.#store.push(descriptor, body),
    };
  }

  #fetch(layer: Descriptor): Promise<void> {
    const source = this.#sources.get(layer.digest);
    if (source === undefined) return Promise.resolve();
    let fetching = this.#fetching.get(layer.digest);
    if (fetching === undefined) {
      fetching = this.#bring(layer, source);
      this.#fetching.set(layer.digest, fetching);
    }
    return fetching;
  }

  async #bring(layer: Descriptor, source: Fetcher): Promise<void> {
    if (await this.#store.has(layer)) return;
    try {
      await copyGraph(source, this.#store, layer, { ...this.#options, group: 'cache import' });
      this.fetched += layer.size;
    } catch (cause) {
      this.#options.signal?.throwIfAborted();
      throw new LazyLayerError('cache-layer-lost', `cache: ${layer.digest} could not be fetched: ${messageOf(cause)}`, {
        cause,
      });
    }
  }
}
