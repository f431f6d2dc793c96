import { Readable } from 'node:stream';
import { MAX_CONFIG_SIZE } from '../content/image.ts';
import { readBlob } from '../content/read-blob.ts';
import type { ContentStore, Image } from '../content/store.ts';
import { codeOf, messageOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import { parseImageConfig, platformOf } from '../oci/image-config.ts';
import { isIndex, parseManifest } from '../oci/manifest.ts';
import { isConfigType, isForeignLayerType } from '../oci/media-type.ts';
import { formatPlatform, type Platform, platformDistance } from '../oci/platform.ts';
import { familiarReference, type Reference, withDefaultTag } from '../oci/reference.ts';
import { type Progress, silent } from '../progress.ts';
import { allOrNothing } from './all-or-nothing.ts';
import type { RegistryClient } from './client.ts';
import { refuseFullDisk } from './disk-space.ts';
import type { KnownSources } from './known-sources.ts';
import { type Document, PullPlan } from './pull-plan.ts';
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
  const plan = new PullPlan(repository, store, options.platform, familiarReference(named));
  await plan.collect(root, 0);
  const pull = new Pull(repository, store, options, familiarReference(named), plan);
  return { root, documents: plan.documents, configs: () => plan.configs(), finish: () => pull.finish() };
}

/** Brings what is missing of a plan into the store. */
class Pull {
  readonly #repository: Repository;
  readonly #store: PullTarget;
  readonly #options: PullOptions;
  readonly #name: string;
  readonly #progress: Progress;
  readonly #plan: PullPlan;

  constructor(repository: Repository, store: PullTarget, options: PullOptions, name: string, plan: PullPlan) {
    this.#repository = repository;
    this.#store = store;
    this.#options = options;
    this.#name = name;
    this.#plan = plan;
    this.#progress = options.progress ?? silent;
  }

  async finish(): Promise<void> {
    const missing: Descriptor[] = [];
    for (const blob of this.#plan.blobs.values()) {
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
    for (const { descriptor, bytes } of this.#plan.documents)
      await this.#store.push(descriptor, Readable.from([bytes], { objectMode: false }));
    await this.#warnOfPlatform();
    const { registry, repository } = this.#repository.reference;
    await this.#options.sources?.add(registry, repository, [...this.#plan.blobs.keys()]);
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
      this.#plan.documents.length === 1
        ? parseManifest(this.#plan.documents[0]!.bytes, undefined, this.#name)
        : undefined;
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
