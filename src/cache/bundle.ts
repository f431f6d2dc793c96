import { Readable } from 'node:stream';
import { copyGraph } from '../content/copy.ts';
import { readBlob } from '../content/read-blob.ts';
import type { ContentStore, Fetcher, Image } from '../content/store.ts';
import { ContainerizeError, messageOf } from '../errors.ts';
import { type Descriptor, describe } from '../oci/descriptor.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import { encodeManifest, isIndex, type Manifest, parseManifest } from '../oci/manifest.ts';
import { MEDIA } from '../oci/media-type.ts';
import type { Progress } from '../progress.ts';
import type { Cache, CacheKey, CacheRecord } from './cache.ts';
import type { LazyLayers } from './lazy-layers.ts';
import type { Meter } from './metered.ts';
import { recordFrom } from './record.ts';
import { type SavedMount, savedMountFrom } from './saved-mount.ts';

/** The type of an OCI artifact that holds build cache: its config lists the records, its layers are their layers. */
const CACHE_ARTIFACT = 'application/vnd.containerize.cache.v1';
const RECORDS = 'application/vnd.containerize.cache.records.v1+json';
/** Largest list of records that we read, in bytes. */
export const MAX_RECORDS = 64 * 1024 * 1024;

export class CacheError extends ContainerizeError<
  'not-a-cache' | 'no-such-cache' | 'no-service' | 'not-saved' | 'read-only'
> {}

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
export async function makeBundle(
  store: ContentStore,
  records: ReadonlyMap<CacheKey, CacheRecord>,
  mounts: readonly SavedMount[] = [],
): Promise<Descriptor> {
  const layers = new Map<string, Descriptor>();
  const listed: { key: CacheKey; record: CacheRecord }[] = [];
  for (const [key, record] of [...records].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const there = await Promise.all(record.layers.map((layer) => store.has(layer)));
    if (there.includes(false)) continue;
    for (const layer of record.layers) layers.set(layer.digest, layer);
    listed.push({ key, record });
  }
  for (const { archive } of mounts) layers.set(archive.digest, archive);
  const config = Buffer.from(
    JSON.stringify({
      version: 1,
      records: listed.map(({ key, record }) => ({ key, ...record })),
      ...(mounts.length === 0 ? {} : { mounts }),
    }),
  );
  const configDescriptor = describe(RECORDS, config);
  await store.push(configDescriptor, Readable.from([config], { objectMode: false }));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    artifactType: CACHE_ARTIFACT,
    config: configDescriptor,
    layers: [...layers.values()],
  };
  const bytes = encodeManifest(manifest);
  const descriptor = describe(MEDIA.ociManifest, bytes);
  await store.push(descriptor, Readable.from([bytes], { objectMode: false }));
  return descriptor;
}

/** Reads the records of a bundle. Layers stay where they are. */
export async function readBundle(bundle: Image): Promise<Bundle> {
  const where = `cache ${bundle.descriptor.digest}`;
  const manifest = parseManifest(await readBlob(bundle.content, bundle.descriptor), bundle.descriptor.mediaType, where);
  if (isIndex(manifest) || manifest.config.mediaType !== RECORDS) {
    throw new CacheError(
      'not-a-cache',
      `${where}: expected a build cache made by containerize, found ${isIndex(manifest) ? 'an index' : manifest.config.mediaType}`,
      {
        hint: 'caches of other builders cannot be read: their keys mean something else',
      },
    );
  }
  const bytes = await readBlob(bundle.content, manifest.config, MAX_RECORDS);
  const records = new Map<CacheKey, CacheRecord>();
  const mounts = new Map<string, SavedMount>();
  try {
    const value = JSON.parse(bytes.toString('utf8')) as { records: Record<string, unknown>[]; mounts?: object[] };
    for (const entry of value.records) {
      if (typeof entry.key === 'string' && isDigest(entry.key)) records.set(entry.key, recordFrom(entry));
    }
    for (const entry of value.mounts ?? []) {
      const mount = savedMountFrom(entry);
      mounts.set(mount.key, mount);
    }
  } catch (cause) {
    throw new CacheError('not-a-cache', `${where}: its list of records is damaged`, { cause });
  }
  return { records, mounts };
}

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
export class BundleCache implements Cache {
  /** Records that were found, for the report. */
  readonly hits = new Set<CacheKey>();
  readonly #bundle: Bundle;
  readonly #source: Fetcher;
  readonly #store: ContentStore;
  readonly #options: BundleOptions;
  #complained = false;

  constructor(bundle: Bundle, source: Fetcher, store: ContentStore, options: BundleOptions = {}) {
    this.#bundle = bundle;
    this.#source = options.meter?.fetcher(source) ?? source;
    this.#store = store;
    this.#options = options;
  }

  /** How many records it has. */
  get size(): number {
    return this.#bundle.records.size;
  }

  /**
   * Records that cost nothing to keep beside those of these layers: the same layers under other keys, and what went into
   * steps, by which the next miss is explained. Without layers all records.
   */
  *beside(layers: ReadonlySet<Digest> | undefined): Generator<[CacheKey, CacheRecord]> {
    for (const [key, record] of this.#bundle.records) {
      const kept = layers === undefined || record.layers.every(({ digest }) => layers.has(digest));
      if (!kept) continue;
      for (const layer of record.layers) this.#options.lazy?.add(layer, this.#source);
      yield [key, record];
    }
  }

  get mounts(): ReadonlyMap<string, SavedMount> {
    return this.#bundle.mounts;
  }

  /** Where its layers and mounts come from. */
  get source(): Fetcher {
    return this.#source;
  }

  async get(key: CacheKey): Promise<CacheRecord | undefined> {
    const record = this.#bundle.records.get(key);
    if (record === undefined) return undefined;
    try {
      await Promise.all(record.layers.map((layer) => this.#provide(layer)));
    } catch (error) {
      this.#options.signal?.throwIfAborted();
      // A cache that lost a layer costs time, never the build; once is enough to hear it.
      if (!this.#complained)
        this.#options.progress?.warn(`cache: a layer could not be fetched, the step runs again: ${messageOf(error)}`);
      this.#complained = true;
      return undefined;
    }
    this.hits.add(key);
    return record;
  }

  async put(): Promise<void> {}

  async #provide(layer: Descriptor): Promise<void> {
    const { lazy } = this.#options;
    if (lazy === undefined) return copyGraph(this.#source, this.#store, layer, this.#options);
    if (lazy.has(layer.digest) || (await this.#store.has(layer))) return;
    const source = this.#source as Fetcher & Partial<Pick<ContentStore, 'has'>>;
    if (source.has !== undefined && !(await source.has(layer)))
      throw new CacheError('no-such-cache', `the cache has lost ${layer.digest}`);
    lazy.add(layer, this.#source);
  }
}
