import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { readBlob } from '../content/read-blob.ts';
import type { Fetcher, Image } from '../content/store.ts';
import { codeOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import { isIndex, parseManifest } from '../oci/manifest.ts';
import { isConfigType, isForeignLayerType } from '../oci/media-type.ts';
import { formatPlatform } from '../oci/platform.ts';
import { familiarReference, type Reference, withDefaultTag } from '../oci/reference.ts';
import { type Progress, silent } from '../progress.ts';
import { allOrNothing } from './all-or-nothing.ts';
import type { RegistryClient } from './client.ts';
import type { KnownSources } from './known-sources.ts';
import { RegistryError } from './registry-error.ts';
import type { Repository } from './repository.ts';
import { noteRetries, retrying } from './retry-notes.ts';
import { sliceOf } from './upload.ts';

export interface PushOptions {
  progress?: Progress | undefined;
  signal?: AbortSignal | undefined;
  /** Blobs in transfer at once; default 5. */
  parallel?: number | undefined;
  /** More tags beside the reference's own, set last. */
  tags?: readonly string[] | undefined;
  /** Knows where blobs can be mounted from, and learns where they are now. */
  sources?: KnownSources | undefined;
  /** Send blobs in chunks of so many bytes. */
  chunkSize?: number | undefined;
}

interface Document {
  descriptor: Descriptor;
  bytes: Buffer;
}

/** What containerd and buildkit write on descriptors: `containerd.io/distribution.source.ghcr.io: owner/app,owner/base`. */
const SOURCE_ANNOTATION = 'containerd.io/distribution.source.';

/**
 * Sends an image to a registry: layers and configs that it lacks, then manifests under their digests, then the index, and
 * the tags last, so that nobody who pulls the tag finds anything missing. Returns what the tags name now.
 */
export async function pushImage(
  client: RegistryClient,
  image: Image,
  reference: Reference,
  options: PushOptions = {},
): Promise<Descriptor> {
  const named = withDefaultTag(reference);
  return new Push(client.repository(named), image.content, options, named).run(image.descriptor);
}

class Push {
  readonly #repository: Repository;
  readonly #content: Fetcher;
  readonly #options: PushOptions;
  readonly #reference: Reference;
  readonly #progress: Progress;
  /** Children before parents. */
  readonly #documents: Document[] = [];
  readonly #blobs = new Map<Digest, Descriptor>();
  #mountable: (digest: Digest) => string[] = () => [];

  constructor(repository: Repository, content: Fetcher, options: PushOptions, reference: Reference) {
    this.#repository = repository;
    this.#content = content;
    this.#options = options;
    this.#reference = reference;
    this.#progress = options.progress ?? silent;
  }

  async run(wanted: Descriptor): Promise<Descriptor> {
    const { signal, sources } = this.#options;
    const { registry, repository } = this.#reference;
    const common = { signal, onRetry: noteRetries(this.#progress, familiarReference(this.#reference)) };
    const root = await this.#collect(wanted);
    const { bytes } = this.#documents.at(-1)!;
    if (!(await this.#repository.has(root, common))) {
      this.#mountable = (await sources?.find(registry)) ?? this.#mountable;
      // The largest first: what is sent last should not be what takes longest.
      const blobs = [...this.#blobs.values()].sort((a, b) => b.size - a.size);
      await allOrNothing(blobs, { parallel: this.#options.parallel ?? 5, signal }, (blob, stop) =>
        this.#send(blob, stop),
      );
      for (const document of this.#documents)
        await this.#repository.pushManifest(document.bytes, document.descriptor.mediaType, undefined, common);
    } else {
      // A registry that has the manifest has all it names: it would not have taken it otherwise.
      for (const blob of this.#blobs.values()) this.#task(blob).done({ cached: true });
    }
    for (const tag of new Set([
      ...(this.#reference.tag === undefined ? [] : [this.#reference.tag]),
      ...(this.#options.tags ?? []),
    ])) {
      await this.#repository.pushManifest(bytes, root.mediaType, tag, common);
    }
    await sources?.add(registry, repository, [...this.#blobs.keys()]);
    return root;
  }

  /** Reads the manifests and lists the blobs. Of an index of which only one image is here, that image is what is pushed. */
  async #collect(descriptor: Descriptor): Promise<Descriptor> {
    const bytes = await readBlob(this.#content, descriptor);
    const document = parseManifest(bytes, descriptor.mediaType, descriptor.digest);
    if (!isIndex(document)) {
      for (const blob of [document.config, ...document.layers])
        if (!(isForeignLayerType(blob.mediaType) && blob.urls?.length)) this.#blobs.set(blob.digest, blob);
      this.#documents.push({ descriptor, bytes });
      return descriptor;
    }
    const there: Descriptor[] = [];
    const missing: Descriptor[] = [];
    for (const child of document.manifests) ((await this.#isWhole(child)) ? there : missing).push(child);
    if (missing.length > 0) {
      if (there.length === 1) {
        this.#progress.warn(
          `${familiarReference(this.#reference)}: only ${describe(there[0]!)} is in the store; it is pushed alone, without the index ${descriptor.digest}`,
        );
        return this.#collect(plain(there[0]!));
      }
      throw new RegistryError(
        'not-in-store',
        `${descriptor.digest} names ${missing.map(describe).join(', ')}, which ${missing.length === 1 ? 'is' : 'are'} not in the store`,
        {
          hint: 'pull all platforms first: containerize pull --platform all',
        },
      );
    }
    for (const child of document.manifests) await this.#collect(child);
    this.#documents.push({ descriptor, bytes });
    return descriptor;
  }

  async #isWhole(child: Descriptor): Promise<boolean> {
    const content = this.#content as Fetcher & { has?(d: Descriptor): Promise<boolean> };
    if (content.has === undefined) return true;
    if (!(await content.has(child))) return false;
    const document = parseManifest(await readBlob(content, child), child.mediaType, child.digest);
    const parts = isIndex(document)
      ? document.manifests
      : [document.config, ...document.layers.filter((d) => !isForeignLayerType(d.mediaType))];
    for (const part of parts) if (!(await content.has(part))) return false;
    return true;
  }

  async #send(blob: Descriptor, signal: AbortSignal): Promise<void> {
    const task = this.#task(blob);
    try {
      const onRetry = (reason: string, delay: number): void => task.note(retrying(reason, delay));
      if (await this.#repository.has(blob, { signal, onRetry })) return task.done({ cached: true });
      task.progress(0, blob.size);
      const mountFrom = this.#mountFrom(blob);
      const how = await this.#repository.pushBlob(blob, (start, end) => this.#open(blob, start, end), {
        signal,
        onRetry,
        onProgress: (bytes) => task.progress(bytes, blob.size),
        mountFrom,
        chunkSize: this.#options.chunkSize,
      });
      if (how === 'mounted') task.note(`mounted from ${mountFrom}`);
      task.done();
    } catch (error) {
      task.fail(error);
      throw error;
    }
  }

  #mountFrom(blob: Descriptor): string | undefined {
    const { registry, repository } = this.#reference;
    const annotated = blob.annotations?.[`${SOURCE_ANNOTATION}${registry}`]?.split(',') ?? [];
    return [...annotated, ...this.#mountable(blob.digest)].find((name) => name !== '' && name !== repository);
  }

  /**
   * A file is read as it is: the registry checks the digest anyway, and a damaged file is told by its answer. Other sources
   * are read from their beginning.
   */
  async #open(blob: Descriptor, start: number, end: number): Promise<Readable> {
    const content = this.#content as Fetcher & { blobPath?(d: Descriptor): string };
    if (content.blobPath === undefined || end === start) return sliceOf(await content.fetch(blob), start, end);
    const file = createReadStream(content.blobPath(blob), { start, end: end - 1, highWaterMark: 1 << 20 });
    await new Promise<void>((resolve, reject) => {
      file.once('open', () => resolve());
      file.once('error', (error) => {
        const missing = codeOf(error) === 'ENOENT';
        reject(
          missing
            ? new RegistryError('not-in-store', `${blob.digest} (${blob.mediaType}) is not in the store`, {
                cause: error,
              })
            : error,
        );
      });
    });
    return file;
  }

  #task(blob: Descriptor): ReturnType<Progress['start']> {
    return this.#progress.start({
      name: `push ${isConfigType(blob.mediaType) ? 'config ' : ''}${digestHex(blob.digest).slice(0, 12)}`,
      group: familiarReference(this.#reference),
    });
  }
}

function describe(d: Descriptor): string {
  return d.platform === undefined ? d.digest : formatPlatform(d.platform);
}

/** An index's entry without what only the index says about it. */
function plain({ mediaType, digest, size }: Descriptor): Descriptor {
  return { mediaType, digest, size };
}
