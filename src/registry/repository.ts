import { Readable } from 'node:stream';
import type { ContentStore, Fetcher } from '../content/store.ts';
import { discard, type HttpResponse, redactUrl } from '../http.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, sha256 } from '../oci/digest.ts';
import type { MediaType } from '../oci/media-type.ts';
import type { Reference } from '../oci/reference.ts';
import { Connection, type TransferOptions } from './connection.ts';
import type { Endpoints } from './endpoint.ts';
import { nextPage, readJson } from './list-page.ts';
import { RegistryError } from './registry-error.ts';
import { type OpenBlob, type PushBlobOptions, RemoteBlobs } from './remote-blobs.ts';
import { ACCEPT, isDocument, RemoteManifests, refuseLarge } from './remote-manifests.ts';
import { RemoteReferrers } from './remote-referrers.ts';
import type { Transport } from './transport.ts';

/** A page of tags. */
const MAX_LIST = 16 * 1024 * 1024;

/** One repository of a registry: a content store over HTTP (distribution-spec 1.1). */
export class Repository implements ContentStore {
  readonly reference: Reference;
  readonly #to: Connection;
  readonly #manifests: RemoteManifests;
  readonly #blobs: RemoteBlobs;
  readonly #referrers: RemoteReferrers;

  constructor(reference: Reference, endpoints: Endpoints, transport: Transport) {
    this.reference = reference;
    this.#to = new Connection(reference, endpoints, transport);
    this.#manifests = new RemoteManifests(this.#to);
    this.#blobs = new RemoteBlobs(this.#to);
    this.#referrers = new RemoteReferrers(this.#to, this.#manifests);
  }

  /** The descriptor behind a tag or digest; the manifest itself is not fetched where HEAD tells enough (it costs no pull). */
  resolve(tagOrDigest: string, options: TransferOptions = {}): Promise<Descriptor> {
    return this.#manifests.resolve(tagOrDigest, options);
  }

  /** A manifest's original bytes, checked against its digest when that is known. */
  manifest(tagOrDigest: string, options: TransferOptions = {}): Promise<{ descriptor: Descriptor; bytes: Buffer }> {
    return this.#manifests.get(tagOrDigest, options);
  }

  async fetch(descriptor: Descriptor, options: TransferOptions = {}): Promise<Readable> {
    return this.#fetch(descriptor, options, true);
  }

  /** For a reader that checks the digest itself (a local store): hashing a layer twice costs as much as sending it. */
  unverified(options: TransferOptions = {}): Fetcher {
    return { fetch: (descriptor) => this.#fetch(descriptor, options, false) };
  }

  async has(descriptor: Descriptor, options: TransferOptions = {}): Promise<boolean> {
    const kind = isDocument(descriptor.mediaType) ? 'manifests' : 'blobs';
    const response = await this.#to.send({
      ...options,
      method: 'HEAD',
      target: this.#to.path(kind, descriptor.digest),
      headers: { accept: ACCEPT },
      scopes: this.#to.scopes('pull,push'),
    });
    await discard(response.body);
    if (response.status === 200) return true;
    if (response.status === 404) return false;
    throw await this.#to.refused(response, 'HEAD');
  }

  /** A body can be read only once, so a connection lost while a blob is sent is a failure here; `pushBlob` sends again. */
  async push(descriptor: Descriptor, body: Readable, options: PushBlobOptions = {}): Promise<void> {
    try {
      if (await this.has(descriptor, options)) return;
      if (isDocument(descriptor.mediaType)) {
        await this.pushManifest(await collect(body, descriptor), descriptor.mediaType, undefined, options);
        return;
      }
      await this.pushBlob(descriptor, async () => body, { ...options, once: true });
    } finally {
      body.destroy();
    }
  }

  /** As `push`, from a source that can be read again from any byte, so that a lost connection is no failure. */
  pushBlob(
    descriptor: Descriptor,
    open: OpenBlob,
    options: PushBlobOptions & { once?: boolean } = {},
  ): Promise<'pushed' | 'mounted'> {
    return this.#blobs.push(descriptor, open, () => this.has(descriptor, { signal: options.signal }), options);
  }

  /** Makes a blob of another repository of the same registry ours, without sending it; false when the registry does not. */
  mount(descriptor: Descriptor, fromRepository: string, options: TransferOptions = {}): Promise<boolean> {
    return this.#blobs.mount(descriptor, fromRepository, options);
  }

  /** Puts a manifest under its digest, or under a tag. */
  async pushManifest(
    bytes: Uint8Array,
    mediaType: MediaType,
    tag?: string,
    options: TransferOptions = {},
  ): Promise<Descriptor> {
    const { descriptor, subjectKept } = await this.#manifests.put(bytes, mediaType, tag, options);
    if (tag === undefined && !subjectKept) await this.#referrers.record(bytes, descriptor, options);
    return descriptor;
  }

  /** All tags, in the registry's order, page by page. */
  async *tags(options: TransferOptions & { pageSize?: number } = {}): AsyncGenerator<string> {
    const seen = new Set<string>();
    let next: string | URL | undefined = `${this.#to.path('tags', 'list')}?n=${options.pageSize ?? 1000}`;
    while (next !== undefined && !seen.has(String(next))) {
      seen.add(String(next));
      const response: HttpResponse = await this.#to.read({
        signal: options.signal,
        onRetry: options.onRetry,
        target: next,
      });
      const answer = await readJson(response, MAX_LIST);
      const tags: unknown = answer.tags ?? [];
      if (!Array.isArray(tags))
        throw new RegistryError('invalid-answer', `${redactUrl(response.url)}: expected a list of tags`);
      for (const tag of tags) if (typeof tag === 'string') yield tag;
      next = nextPage(response);
    }
  }

  /** Removes a tag, or a manifest with all its tags, or a blob. False when it was not there. */
  async delete(
    what: { tag: string } | { manifest: Digest } | { blob: Digest },
    options: TransferOptions = {},
  ): Promise<boolean> {
    const target =
      'tag' in what
        ? this.#to.path('manifests', what.tag)
        : 'manifest' in what
          ? this.#to.path('manifests', what.manifest)
          : this.#to.path('blobs', what.blob);
    const response = await this.#to.send({
      ...options,
      method: 'DELETE',
      target,
      scopes: this.#to.scopes('pull,push,delete'),
    });
    if (response.status === 404) {
      await discard(response.body);
      return false;
    }
    if (response.status < 200 || response.status > 299) throw await this.#to.refused(response, 'DELETE');
    await discard(response.body);
    return true;
  }

  /** What refers to a manifest: signatures, SBOMs, attestations. Where the registry has no such list, the tag that clients keep instead. */
  referrers(
    subject: Descriptor | Digest,
    options: TransferOptions & { artifactType?: string } = {},
  ): Promise<Descriptor[]> {
    return this.#referrers.list(subject, options);
  }

  async #fetch(descriptor: Descriptor, options: TransferOptions, verify: boolean): Promise<Readable> {
    if (isDocument(descriptor.mediaType)) {
      refuseLarge(descriptor.size, descriptor.digest);
      const { bytes } = await this.#manifests.get(descriptor.digest, options);
      if (bytes.length !== descriptor.size)
        throw new RegistryError(
          'size-mismatch',
          `${descriptor.digest}: expected ${descriptor.size} bytes, the registry sent ${bytes.length}`,
        );
      return Readable.from([bytes], { objectMode: false });
    }
    return this.#blobs.fetch(descriptor, options, verify);
  }
}

async function collect(body: Readable, descriptor: Descriptor): Promise<Buffer> {
  refuseLarge(descriptor.size, descriptor.digest);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > descriptor.size) break;
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (sha256(bytes) !== descriptor.digest)
    throw new RegistryError('digest-mismatch', `expected ${descriptor.digest}, the bytes to push are ${sha256(bytes)}`);
  return bytes;
}
