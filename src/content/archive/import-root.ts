import { PassThrough, type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { Digester } from '../../oci/digest.ts';
import type { ImageConfig, RunConfig } from '../../oci/image-config.ts';
import { encodeManifest, type Manifest } from '../../oci/manifest.ts';
import { layerType, MEDIA } from '../../oci/media-type.ts';
import type { Platform } from '../../oci/platform.ts';
import type { LayoutStore } from '../layout-store.ts';
import type { Image, Layer } from '../store.ts';
import { ArchiveError } from './archive-error.ts';
import { decompress, peek, sniffCompression } from './decompress.ts';
import { BLOCK, isHeader } from './tar-header.ts';

export interface ImportOptions {
  /** Names the archive in errors: a path, `stdin`. */
  where: string;
  platform: Platform;
  config: RunConfig;
  message: string;
  /** RFC 3339. */
  created: string;
  /** Compresses a plain tar to gzip; Node's own, on one core, when not given. */
  compress?: ((plain: Readable) => Readable) | undefined;
  onBytes?: ((bytes: number) => void) | undefined;
}

/** Makes a one-layer image from the tar of a root file system. A compressed tar is kept as it is: its blob is the layer. */
export async function importRoot(store: LayoutStore, source: Readable, options: ImportOptions): Promise<Image> {
  const layer = await layerFrom(store, source, options);
  const { platform, created, message } = options;
  const config: ImageConfig = {
    created,
    architecture: platform.architecture,
    os: platform.os,
    ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    config: options.config,
    rootfs: { type: 'layers', diff_ids: [layer.diffId] },
    history: [{ created, comment: message }],
  };
  const configDescriptor = await store.put(MEDIA.ociConfig, JSON.stringify(config));
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    config: configDescriptor,
    layers: [layer.descriptor],
  };
  return { descriptor: await store.put(MEDIA.ociManifest, encodeManifest(manifest)), content: store };
}

async function layerFrom(
  store: LayoutStore,
  source: Readable,
  { where, compress, onBytes }: ImportOptions,
): Promise<Layer> {
  const { head, whole } = await peek(source);
  if (head.byteLength === 0) throw new ArchiveError('empty-archive', `${where}: there is nothing in it`);
  const compression = sniffCompression(head, where);
  const check = new TarCheck(where);
  if (compression === 'none') {
    const zipped = new PassThrough();
    const feeding = pipeline(
      whole,
      meter(onBytes),
      check,
      compress ? (plain: Readable) => compress(plain) : createGzip({ level: 6 }),
      zipped,
    );
    const [descriptor] = await both(store.ingest(layerType('gzip'), zipped), feeding);
    return { descriptor, diffId: check.digester.digest() };
  }
  // One stream, two readers: what comes in goes to the store, and decompressed through the check.
  const copy = new PassThrough({ highWaterMark: 1 << 20 });
  const stored = new PassThrough({ highWaterMark: 1 << 20 });
  const checking = pipeline(decompress(copy, compression, where), check.resume());
  checking.catch((error: Error) => copy.destroy(error));
  const splitting = pipeline(whole, meter(onBytes), new Split(copy, checking), stored);
  splitting.catch((error: Error) => copy.destroy(error));
  const [descriptor] = await both(store.ingest(layerType(compression), stored), splitting, checking);
  return { descriptor, diffId: check.digester.digest() };
}

/** Waits for all; of several failures the one that is ours says most. */
async function both<T>(first: Promise<T>, ...others: Promise<unknown>[]): Promise<[T]> {
  const results = await Promise.allSettled([first, ...others]);
  const failures = results.flatMap((r) => (r.status === 'rejected' ? [r.reason as unknown] : []));
  if (failures.length > 0) throw failures.find((f) => f instanceof ArchiveError) ?? failures[0];
  return [await first];
}

function meter(onBytes: ((bytes: number) => void) | undefined): Transform {
  let total = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      total += chunk.byteLength;
      onBytes?.(total);
      done(null, chunk);
    },
  });
}

/** Passes on, and copies to a second stream at the pace of the slower. Its end comes only when what reads the copy is content. */
class Split extends Transform {
  readonly #copy: PassThrough;
  readonly #approved: Promise<void>;

  constructor(copy: PassThrough, approved: Promise<void>) {
    super();
    this.#copy = copy;
    this.#approved = approved;
  }

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: Error | null, chunk?: Buffer) => void,
  ): void {
    if (this.#copy.destroyed || this.#copy.write(chunk)) done(null, chunk);
    else {
      const go = () => {
        this.#copy.off('drain', go).off('close', go);
        done(null, chunk);
      };
      this.#copy.on('drain', go).on('close', go);
    }
  }

  override _flush(done: (error?: Error | null) => void): void {
    this.#copy.end();
    this.#approved.then(() => done(), done);
  }
}

/** Sees to it that a stream is a tar at all, and digests it. */
class TarCheck extends Transform {
  readonly digester = new Digester();
  readonly #where: string;
  #head: Buffer | undefined = Buffer.alloc(0);

  constructor(where: string) {
    super();
    this.#where = where;
  }

  override _transform(
    chunk: Buffer,
    _encoding: BufferEncoding,
    done: (error: Error | null, chunk?: Buffer) => void,
  ): void {
    this.digester.update(chunk);
    if (this.#head !== undefined) {
      this.#head = Buffer.concat([this.#head, chunk.subarray(0, BLOCK)]);
      if (this.#head.byteLength >= BLOCK) {
        if (!looksLikeTar(this.#head)) {
          done(this.#refuse());
          return;
        }
        this.#head = undefined;
      }
    }
    done(null, chunk);
  }

  override _flush(done: (error?: Error | null) => void): void {
    if (this.#head !== undefined) done(this.#refuse());
    else if (this.digester.size % BLOCK !== 0)
      done(
        new ArchiveError(
          'truncated-archive',
          `${this.#where}: ${this.digester.size} bytes are no whole number of tar blocks: it was cut off`,
        ),
      );
    else done();
  }

  #refuse(): ArchiveError {
    return new ArchiveError(
      'not-a-tar',
      `${this.#where}: expected the tar of a root file system, plain or compressed by gzip or zstd`,
    );
  }
}

function looksLikeTar(head: Buffer): boolean {
  const block = head.subarray(0, BLOCK);
  return block.every((byte) => byte === 0) || isHeader(block);
}
