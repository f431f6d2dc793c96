import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { codeOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { type ImageIndex, isIndex, type Manifest, parseManifest } from '../oci/manifest.ts';
import { isForeignLayerType, isIndexType, isLayerType, isManifestType } from '../oci/media-type.ts';
import { choosePlatform, type Platform } from '../oci/platform.ts';
import { type Progress, silent } from '../progress.ts';
import { readBlob } from './read-blob.ts';
import { Slots } from './slots.ts';
import type { ContentStore, Fetcher } from './store.ts';

export interface CopyOptions {
  progress?: Progress | undefined;
  /** Tasks are shown under this name. */
  group?: string | undefined;
  /** Blobs in transfer at once; default 4. */
  parallel?: number | undefined;
  /** Of an index, copy only what serves these platforms best. The index itself is copied as it is, so it may name manifests that are not there. */
  platforms?: readonly Platform[] | undefined;
  /** Layers that need not come along: true for none at all. */
  skipLayers?: boolean | ((layer: Descriptor) => boolean | Promise<boolean>) | undefined;
  /** A manifest that is at the destination has its children there, as registries promise: do not look at them. */
  trustParents?: boolean | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * Copies everything that `root` leads to, children before parents, so that no reader of the destination ever sees a
 * manifest whose parts are missing. What is there is not sent again, which also makes a copy that was cut off go on
 * where it was. Each blob moves once. The first failure stops everything.
 */
export async function copyGraph(
  from: Fetcher,
  to: ContentStore,
  root: Descriptor,
  options: CopyOptions = {},
): Promise<void> {
  const abort = new AbortController();
  const onAbort = () => abort.abort(options.signal?.reason);
  options.signal?.throwIfAborted();
  options.signal?.addEventListener('abort', onAbort);
  try {
    await new GraphCopy(from, to, options, abort).node(root);
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** The descriptors that a parsed manifest or index names, in the order in which a copy wants them. */
export function childrenOf(document: Manifest | ImageIndex): Descriptor[] {
  return isIndex(document) ? document.manifests : [document.config, ...document.layers];
}

class GraphCopy {
  readonly #from: Fetcher;
  readonly #to: ContentStore;
  readonly #options: CopyOptions;
  readonly #abort: AbortController;
  readonly #slots: Slots;
  readonly #progress: Progress;
  readonly #seen = new Map<Digest, Promise<void>>();

  constructor(from: Fetcher, to: ContentStore, options: CopyOptions, abort: AbortController) {
    this.#from = from;
    this.#to = to;
    this.#options = options;
    this.#abort = abort;
    this.#slots = new Slots(options.parallel ?? 4);
    this.#progress = options.progress ?? silent;
  }

  node(descriptor: Descriptor): Promise<void> {
    let copy = this.#seen.get(descriptor.digest);
    if (copy === undefined) {
      copy =
        isIndexType(descriptor.mediaType) || isManifestType(descriptor.mediaType)
          ? this.#document(descriptor)
          : this.#blob(descriptor);
      this.#seen.set(descriptor.digest, copy);
    }
    return copy;
  }

  async #document(descriptor: Descriptor): Promise<void> {
    this.#abort.signal.throwIfAborted();
    const there = await this.#to.has(descriptor);
    if (there && this.#options.trustParents) return;
    const bytes = await readBlob(there ? this.#to : this.#from, descriptor);
    const document = parseManifest(bytes, descriptor.mediaType, descriptor.digest);
    const children = isIndex(document) ? this.#chosen(document) : childrenOf(document);
    await this.#all(children.map((child) => this.node(child)));
    this.#abort.signal.throwIfAborted();
    if (!there) await this.#to.push(descriptor, Readable.from([bytes], { objectMode: false }));
  }

  /** Waits for all, also when one fails: nothing of ours may still be running when the caller hears of it. */
  async #all(copies: Promise<void>[]): Promise<void> {
    let failed: { error: unknown } | undefined;
    await Promise.all(
      copies.map((copy) =>
        copy.catch((error: unknown) => {
          failed ??= { error };
          this.#abort.abort(error);
        }),
      ),
    );
    if (failed) throw failed.error;
  }

  #chosen(index: ImageIndex): Descriptor[] {
    const { platforms } = this.#options;
    if (platforms === undefined) return index.manifests;
    const chosen = platforms.map((wanted) => choosePlatform(index.manifests, wanted)).filter((d) => d !== undefined);
    return [...new Set(chosen)];
  }

  async #blob(descriptor: Descriptor): Promise<void> {
    if (isLayerType(descriptor.mediaType)) {
      const skip = this.#options.skipLayers;
      if (typeof skip === 'function' ? await skip(descriptor) : skip) return;
    }
    await this.#slots.run(async () => {
      this.#abort.signal.throwIfAborted();
      if (await this.#to.has(descriptor)) return;
      if (isForeignLayerType(descriptor.mediaType) && descriptor.urls?.length) return;
      await this.#transfer(descriptor);
    });
  }

  async #transfer(descriptor: Descriptor): Promise<void> {
    const group = this.#options.group;
    const task = this.#progress.start({
      name: `${isLayerType(descriptor.mediaType) ? 'layer' : 'blob'} ${descriptor.digest}`,
      ...(group === undefined ? {} : { group }),
    });
    try {
      task.progress(0, descriptor.size);
      const body = await this.#from.fetch(descriptor);
      await push(this.#to, descriptor, body, this.#abort.signal, (done) => task.progress(done, descriptor.size));
      task.done();
    } catch (error) {
      task.fail(error);
      throw error;
    }
  }
}

/** Pushes a body with progress; on abort and on failure of either side both are torn down. */
async function push(
  to: ContentStore,
  descriptor: Descriptor,
  body: Readable,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> {
  let done = 0;
  const meter = new Transform({
    readableHighWaterMark: 1 << 19,
    writableHighWaterMark: 1 << 19,
    transform(chunk: Buffer, _encoding, next) {
      done += chunk.byteLength;
      onProgress(done);
      next(null, chunk);
    },
  });
  const feeding = pipeline(body, meter, { signal });
  // The pipeline is done with the last byte that went in; the store may still be waiting to read it.
  const stop = () => meter.destroy(signal.reason as Error);
  signal.addEventListener('abort', stop);
  // The store's error tells more than "premature close" on the feeding side, and the source's error more than what the store makes of it.
  const [fed, pushed] = await Promise.allSettled([
    feeding,
    to.push(descriptor, meter).finally(() => {
      signal.removeEventListener('abort', stop);
      meter.destroy();
    }),
  ]);
  if (signal.aborted) throw signal.reason;
  if (pushed.status === 'rejected')
    throw fed.status === 'rejected' && codeOf(fed.reason) !== 'ERR_STREAM_PREMATURE_CLOSE' ? fed.reason : pushed.reason;
}
