import { Readable } from 'node:stream';
import type { Descriptor } from '../oci/descriptor.ts';
import { describe } from '../oci/descriptor.ts';
import { type Digest, Digester } from '../oci/digest.ts';
import type { MediaType } from '../oci/media-type.ts';
import { ContentError } from './content-error.ts';
import type { ContentStore, Ingester } from './store.ts';
import { digesterFor, mismatch } from './verified-stream.ts';

/** A content store in memory: for tests, and for small documents on their way. */
export class MemoryStore implements ContentStore, Ingester {
  readonly #blobs = new Map<Digest, Buffer>();

  async fetch(descriptor: Descriptor): Promise<Readable> {
    const bytes = this.#blobs.get(descriptor.digest);
    if (bytes === undefined)
      throw new ContentError(
        'blob-missing',
        `blob ${descriptor.digest} (${descriptor.mediaType}) is not in this store`,
      );
    return Readable.from([bytes], { objectMode: false });
  }

  async push(descriptor: Descriptor, body: Readable): Promise<void> {
    const digester = digesterFor(descriptor);
    const bytes = await collect(body, digester, descriptor.size);
    const wrong = mismatch(descriptor, digester, 'pushed blob');
    if (wrong) throw wrong;
    this.#blobs.set(descriptor.digest, bytes);
  }

  async has(descriptor: Descriptor): Promise<boolean> {
    return this.#blobs.get(descriptor.digest)?.byteLength === descriptor.size;
  }

  async ingest(mediaType: MediaType, body: Readable): Promise<Descriptor> {
    const digester = new Digester();
    const bytes = await collect(body, digester, Number.POSITIVE_INFINITY);
    this.#blobs.set(digester.digest(), bytes);
    return { mediaType, digest: digester.digest(), size: digester.size };
  }

  /** Stores bytes that are at hand. */
  put(mediaType: MediaType, content: Uint8Array | string): Descriptor {
    const bytes = Buffer.from(content as Uint8Array);
    const descriptor = describe(mediaType, bytes);
    this.#blobs.set(descriptor.digest, bytes);
    return descriptor;
  }

  delete(digest: Digest): boolean {
    return this.#blobs.delete(digest);
  }

  *digests(): Iterable<Digest> {
    yield* this.#blobs.keys();
  }
}

async function collect(body: Readable, digester: Digester, max: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body as AsyncIterable<Buffer>) {
    digester.update(chunk);
    if (digester.size > max) break;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
