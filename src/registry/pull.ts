import { Readable } from 'node:stream';
import { MAX_CONFIG_SIZE } from '../content/image.ts';
import { readBlob } from '../content/read-blob.ts';
import type { ContentStore, Image } from '../content/store.ts';
import { codeOf, messageOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import { parseImageConfig, platformOf } from '../oci/image-config.ts';
import { isIndex, type Manifest, parseManifest } from '../oci/manifest.ts';
import { isConfigType, isForeignLayerType } from '../oci/media-type.ts';
import { formatPlatform, type Platform, platformDistance } from '../oci/platform.ts';
import { familiarReference, type Reference, withDefaultTag } from '../oci/reference.ts';
import { type Progress, silent } from '../progress.ts';
import { allOrNothing } from './all-or-nothing.ts';
import { chooseManifests } from './choose-manifest.ts';
import type { RegistryClient } from './client.ts';
import { refuseFullDisk } from './disk-space.ts';
import type { KnownSources } from './known-sources.ts';
import { RegistryError } from './registry-error.ts';
import type { Repository } from './repository.ts';
import { noteRetries, retrying } from './retry-notes.ts';

/** Where a pull puts things; the layout store also has a folder and claims. */
export interface PullTarget extends ContentStore {
  readonly folder?: string;
  claim?(digest: Digest, signal?: AbortSignal): Promise<{ release(): Promise<void> }>;
}

export interface PullOptions {
  /** Default: this machine's. */
  platform?: Platform | 'all' | undefined;
  progress?: Progress | undefined;
  signal?: AbortSignal | undefined;
  /** Blobs in transfer at once; default 4. */
  parallel?: number | undefined;
  /** Learns which repository holds the blobs. */
  sources?: KnownSources | undefined;
}

/** Manifests in manifests: more than anybody needs. */
const MAX_DEPTH = 4;

export interface Document {
  descriptor: Descriptor;
  bytes: Buffer;
}

/**
 * Brings an image into a local store: resolves the name, chooses the platform, fetches what is missing, children before
 * parents. The result names what the registry names: of an index only the chosen platform's part is in the store.
 */
export async function pullImage(
  client: RegistryClient,
  reference: Reference,
  store: PullTarget,
  options: PullOptions = {},
): Promise<Image> {
  const pull = await startPull(client, reference, store, options);
  await pull.finish();
  return { descriptor: pull.root, content: store };
}

/** A pull whose manifests are read; nothing is in the store yet. */
export interface StartedPull {
  root: Descriptor;
  /** Manifests, children before parents. */
  documents: readonly Document[];
  /** The image configs' bytes. */
  configs(): Promise<Document[]>;
  /** Brings blobs and manifests into the store. */
  finish(): Promise<void>;
}

/** Resolves the name, reads the manifests and chooses the platform. */
export async function startPull(
  client: RegistryClient,
  reference: Reference,
  store: PullTarget,
  options: PullOptions = {},
): Promise<StartedPull> {
  const named = withDefaultTag(reference);
  const repository = client.repository(named);
  const onRetry = noteRetries(options.progress, familiarReference(named));
  const root = await repository.resolve(named.digest ?? named.tag!, { signal: options.signal, onRetry });
  const pull = new Pull(repository, store, options, familiarReference(named));
  await pull.collect(root, 0);
  return { root, documents: pull.documents, configs: () => pull.configs(), finish: () => pull.finish() };
}

class Pull {
  readonly #repository: Repository;
  readonly #store: PullTarget;
  readonly #options: PullOptions;
  readonly #name: string;
  readonly #progress: Progress;
  /** Children before parents. */
  readonly documents: Document[] = [];
  readonly #blobs = new Map<Digest, Descriptor>();

  constructor(repository: Repository, store: PullTarget, options: PullOptions, name: string) {
    this.#repository = repository;
    this.#store = store;
    this.#options = options;
    this.#name = name;
    this.#progress = options.progress ?? silent;
  }

  async configs(): Promise<Document[]> {
    const found: Document[] = [];
    for (const descriptor of this.#blobs.values()) {
      if (!isConfigType(descriptor.mediaType)) continue;
      const from = (await this.#store.has(descriptor)) ? this.#store : this.#repository;
      found.push({ descriptor, bytes: await readBlob(from, descriptor, MAX_CONFIG_SIZE) });
    }
    return found;
  }

  async finish(): Promise<void> {
    const missing: Descriptor[] = [];
    for (const blob of this.#blobs.values()) {
      if (await this.#store.has(blob)) this.#task(blob).done({ cached: true });
      else missing.push(blob);
    }
    if (this.#store.folder !== undefined) {
      await refuseFullDisk(
        this.#store.folder,
        missing.reduce((sum, d) => sum + d.size, 0),
        `pulling ${this.#name}`,
      );
    }
    const { parallel = 4, signal } = this.#options;
    await allOrNothing(missing, { parallel, signal }, (blob, stop) => this.#fetch(blob, stop));
    for (const { descriptor, bytes } of this.documents)
      await this.#store.push(descriptor, Readable.from([bytes], { objectMode: false }));
    await this.#warnOfPlatform();
    const { registry, repository } = this.#repository.reference;
    await this.#options.sources?.add(registry, repository, [...this.#blobs.keys()]);
  }

  /** Reads manifests down to the blobs, taking from an index what serves the platform best. */
  async collect(descriptor: Descriptor, depth: number): Promise<void> {
    if (depth > MAX_DEPTH)
      throw new RegistryError('invalid-answer', `${this.#name}: indexes nested more than ${MAX_DEPTH} deep`);
    const bytes = await this.#document(descriptor);
    const document = parseManifest(bytes, descriptor.mediaType, `${this.#name} (${descriptor.digest})`);
    if (isIndex(document)) {
      for (const child of chooseManifests(document, this.#options.platform, this.#name))
        await this.collect(child, depth + 1);
    } else {
      this.#addBlobs(document);
    }
    this.documents.push({ descriptor, bytes });
  }

  async #document(descriptor: Descriptor): Promise<Buffer> {
    if (await this.#store.has(descriptor)) {
      try {
        return await readBlob(this.#store, descriptor);
      } catch (error) {
        // A damaged copy is fetched again.
        if (
          codeOf(error) !== 'digest-mismatch' &&
          codeOf(error) !== 'size-mismatch' &&
          codeOf(error) !== 'blob-missing'
        )
          throw error;
      }
    }
    return readBlob(this.#repository, descriptor);
  }

  #addBlobs(manifest: Manifest): void {
    if (manifest.config.size > MAX_CONFIG_SIZE && isConfigType(manifest.config.mediaType)) {
      throw new RegistryError(
        'too-large',
        `${this.#name}: a config of ${manifest.config.size} bytes, more than the ${MAX_CONFIG_SIZE} accepted`,
      );
    }
    for (const blob of [manifest.config, ...manifest.layers]) {
      const known = this.#blobs.get(blob.digest);
      if (known !== undefined && known.size !== blob.size)
        throw new RegistryError(
          'size-mismatch',
          `${this.#name}: ${blob.digest} has ${known.size} bytes in one place and ${blob.size} in another`,
        );
      this.#blobs.set(blob.digest, blob);
    }
  }

  async #fetch(blob: Descriptor, signal: AbortSignal): Promise<void> {
    const task = this.#task(blob);
    const claim = await this.#store.claim?.(blob.digest, signal);
    try {
      // Another pull may have brought it while we waited for the claim.
      if (claim !== undefined && (await this.#store.has(blob))) return task.done({ cached: true });
      task.progress(0, blob.size);
      const body = await this.#repository
        .unverified({
          signal,
          onProgress: (bytes) => task.progress(bytes, blob.size),
          onRetry: (reason, delay) => task.note(retrying(reason, delay)),
        })
        .fetch(blob);
      await pushInto(this.#store, blob, body, signal);
      task.done();
    } catch (error) {
      const told = this.#explain(error, blob);
      task.fail(told);
      throw told;
    } finally {
      await claim?.release();
    }
  }

  /** The store says "received blob": it does not know from where. */
  #explain(error: unknown, blob: Descriptor): unknown {
    const code = codeOf(error);
    if (error instanceof RegistryError || (code !== 'digest-mismatch' && code !== 'size-mismatch')) {
      if (error instanceof RegistryError && error.code === 'not-found' && isForeignLayerType(blob.mediaType)) {
        return new RegistryError(
          'unsupported',
          `${this.#name}: layer ${blob.digest} is not in the registry (${blob.mediaType})`,
          { cause: error },
        );
      }
      return error;
    }
    return new RegistryError(code, `${this.#name}: the registry sent wrong bytes: ${messageOf(error)}`, {
      cause: error,
    });
  }

  #task(blob: Descriptor): ReturnType<Progress['start']> {
    return this.#progress.start({
      name: `pull ${isConfigType(blob.mediaType) ? 'config ' : ''}${digestHex(blob.digest).slice(0, 12)}`,
      group: this.#name,
    });
  }

  /** An image without index is taken whatever its platform, as docker does; who asked for another hears of it. */
  async #warnOfPlatform(): Promise<void> {
    const { platform } = this.#options;
    const manifest =
      this.documents.length === 1 ? parseManifest(this.documents[0]!.bytes, undefined, this.#name) : undefined;
    if (
      platform === undefined ||
      platform === 'all' ||
      manifest === undefined ||
      isIndex(manifest) ||
      !isConfigType(manifest.config.mediaType)
    )
      return;
    const own = platformOf(parseImageConfig(await readBlob(this.#store, manifest.config, MAX_CONFIG_SIZE), this.#name));
    if (platformDistance(platform, own) === undefined)
      this.#progress.warn(
        `${this.#name} is for ${formatPlatform(own)}, not for ${formatPlatform(platform)}: it has no other`,
      );
  }
}

/** Hands a body to a store so that an abort ends both. */
async function pushInto(store: ContentStore, blob: Descriptor, body: Readable, signal: AbortSignal): Promise<void> {
  const abort = (): void => {
    body.destroy(signal.reason instanceof Error ? signal.reason : new Error('cancelled'));
  };
  signal.addEventListener('abort', abort, { once: true });
  try {
    if (signal.aborted) abort();
    await store.push(blob, body);
  } finally {
    signal.removeEventListener('abort', abort);
    body.destroy();
  }
}
