import { Readable } from 'node:stream';
import type { ContentStore, Fetcher } from '../content/store.ts';
import { discard, HttpError, type HttpResponse, readBody, redactUrl } from '../http.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, isDigest, sha256 } from '../oci/digest.ts';
import { MAX_MANIFEST_SIZE, parseManifest } from '../oci/manifest.ts';
import { isIndexType, isManifestType, MANIFEST_TYPES, MEDIA, type MediaType } from '../oci/media-type.ts';
import { familiarReference, parseReference, type Reference } from '../oci/reference.ts';
import { download } from './download.ts';
import type { Endpoint, Endpoints } from './endpoint.ts';
import { nextPage } from './link.ts';
import { addReferrer, type ReferrersTag, referrersIndex } from './referrers.ts';
import { RegistryError, refusal } from './registry-error.ts';
import type { RegistryRequest, Transport } from './transport.ts';
import { locationOf, uploadBlob } from './upload.ts';

export interface TransferOptions {
  signal?: AbortSignal | undefined;
  onProgress?: ((bytes: number) => void) | undefined;
  /** Hears of each repetition: what failed, and in how many milliseconds we try again. */
  onRetry?: ((reason: string, delayMs: number) => void) | undefined;
}

export interface PushBlobOptions extends TransferOptions {
  /** Bytes in a chunk; without it a blob goes in one request. */
  chunkSize?: number | undefined;
  /** Repository of the same registry to mount the blob from. */
  mountFrom?: string | undefined;
}

const ACCEPT = [...MANIFEST_TYPES, MEDIA.dockerSchema1Signed, '*/*;q=0.1'].join(', ');
/** A page of tags. */
const MAX_LIST = 16 * 1024 * 1024;

/** One repository of a registry: a content store over HTTP (distribution-spec 1.1). */
export class Repository implements ContentStore {
  readonly reference: Reference;
  readonly #endpoints: Endpoints;
  readonly #transport: Transport;

  constructor(reference: Reference, endpoints: Endpoints, transport: Transport) {
    this.reference = reference;
    this.#endpoints = endpoints;
    this.#transport = transport;
  }

  /** The descriptor behind a tag or digest; the manifest itself is not fetched where HEAD tells enough (it costs no pull). */
  async resolve(tagOrDigest: string, options: TransferOptions = {}): Promise<Descriptor> {
    const target = this.#path('manifests', tagOrDigest);
    const head = await this.#pull({ ...options, method: 'HEAD', target, headers: { accept: ACCEPT } }).catch(
      (error: unknown) => {
        throw this.#named(error, tagOrDigest);
      },
    );
    await discard(head.body);
    const digest = head.headers['docker-content-digest'];
    const size = Number(head.headers['content-length'] ?? Number.NaN);
    const mediaType = mediaTypeOf(head);
    if (
      typeof digest === 'string' &&
      isDigest(digest) &&
      Number.isSafeInteger(size) &&
      size > 0 &&
      isKnown(mediaType)
    ) {
      if (isDigest(tagOrDigest) && digest !== tagOrDigest)
        throw new RegistryError('digest-mismatch', `${redactUrl(head.url)}: the registry answers with ${digest}`);
      refuseLarge(size, redactUrl(head.url));
      return { mediaType, digest, size };
    }
    const { descriptor } = await this.manifest(tagOrDigest, options);
    return descriptor;
  }

  /** A refused HEAD has no words of the registry: say at least which image it was about. */
  #named(error: unknown, tagOrDigest: string): unknown {
    if (!(error instanceof RegistryError) || !['not-found', 'unauthorized', 'denied'].includes(error.code))
      return error;
    const { registry, repository } = this.reference;
    const name = familiarReference(
      parseReference(`${registry}/${repository}${isDigest(tagOrDigest) ? '@' : ':'}${tagOrDigest}`),
    );
    const what =
      error.code === 'not-found' ? 'is not in the registry' : 'cannot be read: it does not exist, or needs a login';
    return new RegistryError(error.code, `${name} ${what} (${error.message})`, {
      cause: error,
      hint: error.hint ?? 'check the spelling of name and tag',
      ...(error.status === undefined ? {} : { status: error.status }),
    });
  }

  /** A manifest's original bytes, checked against its digest when that is known. */
  async manifest(
    tagOrDigest: string,
    options: TransferOptions = {},
  ): Promise<{ descriptor: Descriptor; bytes: Buffer }> {
    const response = await this.#pull({
      ...options,
      target: this.#path('manifests', tagOrDigest),
      headers: { accept: ACCEPT },
    });
    const where = redactUrl(response.url);
    const said = mediaTypeOf(response);
    if (said === MEDIA.dockerSchema1 || said === MEDIA.dockerSchema1Signed) {
      response.body.destroy();
      // Its digest is not that of its bytes: refuse it before anything else looks wrong.
      parseManifest(Buffer.from('{"schemaVersion":1}'), said, where);
    }
    const bytes = await readBody(response, MAX_MANIFEST_SIZE).catch((error: unknown) => {
      if (!(error instanceof HttpError) || error.code !== 'too-large') throw error;
      throw new RegistryError(
        'too-large',
        `${where}: the manifest is larger than the ${MAX_MANIFEST_SIZE} bytes accepted`,
        { cause: error },
      );
    });
    const digest = sha256(bytes);
    const expected = isDigest(tagOrDigest) ? tagOrDigest : response.headers['docker-content-digest'];
    if (typeof expected === 'string' && expected.startsWith('sha256:') && expected !== digest) {
      throw new RegistryError('digest-mismatch', `${where}: expected ${expected}, the registry sent ${digest}`);
    }
    const document = parseManifest(bytes, isKnown(said) ? said : undefined, where);
    return { descriptor: { mediaType: document.mediaType, digest, size: bytes.length }, bytes };
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
    const response = await this.#send({
      ...options,
      method: 'HEAD',
      target: this.#path(kind, descriptor.digest),
      headers: { accept: ACCEPT },
      scopes: this.#scopes('pull,push'),
    });
    await discard(response.body);
    if (response.status === 200) return true;
    if (response.status === 404) return false;
    throw await refusal(response, 'HEAD', this.reference.registry);
  }

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
  async pushBlob(
    descriptor: Descriptor,
    open: (start: number, end: number) => Promise<Readable>,
    options: PushBlobOptions & { once?: boolean } = {},
  ): Promise<'pushed' | 'mounted'> {
    let location: URL | undefined;
    if (options.mountFrom !== undefined && options.mountFrom !== this.reference.repository) {
      const mounted = await this.#mount(descriptor.digest, options.mountFrom, options);
      if (mounted === true) return 'mounted';
      location = mounted;
    }
    await uploadBlob({
      ...options,
      registry: this.reference.registry,
      path: this.#path('blobs', 'uploads/'),
      descriptor,
      open,
      policy: this.#transport.policy,
      location,
      has: () => this.has(descriptor, { signal: options.signal }),
      send: (request) => this.#send({ ...request, scopes: this.#scopes('pull,push') }),
    });
    return 'pushed';
  }

  /** Makes a blob of another repository of the same registry ours, without sending it; false when the registry does not. */
  async mount(descriptor: Descriptor, fromRepository: string, options: TransferOptions = {}): Promise<boolean> {
    const mounted = await this.#mount(descriptor.digest, fromRepository, options);
    if (mounted === true) return true;
    // The registry has begun an upload instead: nobody will use it.
    if (mounted !== undefined)
      await this.#send({
        ...options,
        method: 'DELETE',
        target: mounted,
        retries: 0,
        scopes: this.#scopes('pull,push'),
      }).then(
        (r) => discard(r.body),
        () => {},
      );
    return false;
  }

  /** Puts a manifest under its digest, or under a tag. */
  async pushManifest(
    bytes: Uint8Array,
    mediaType: MediaType,
    tag?: string,
    options: TransferOptions = {},
  ): Promise<Descriptor> {
    const descriptor: Descriptor = { mediaType, digest: sha256(bytes), size: bytes.byteLength };
    const response = await this.#send({
      ...options,
      method: 'PUT',
      target: this.#path('manifests', tag ?? descriptor.digest),
      headers: { 'content-type': mediaType },
      body: bytes,
      scopes: this.#scopes('pull,push'),
    });
    if (response.status < 200 || response.status > 299) throw await refusal(response, 'PUT', this.reference.registry);
    await discard(response.body);
    const stored = response.headers['docker-content-digest'];
    if (typeof stored === 'string' && stored.startsWith('sha256:') && stored !== descriptor.digest) {
      throw new RegistryError(
        'digest-mismatch',
        `PUT ${response.url.pathname}: sent ${descriptor.digest}, the registry stored ${stored}`,
      );
    }
    if (tag === undefined && !response.headers['oci-subject']) await this.#recordReferrer(bytes, descriptor, options);
    return descriptor;
  }

  /** All tags, in the registry's order, page by page. */
  async *tags(options: TransferOptions & { pageSize?: number } = {}): AsyncGenerator<string> {
    const seen = new Set<string>();
    let next: string | URL | undefined = `${this.#path('tags', 'list')}?n=${options.pageSize ?? 1000}`;
    while (next !== undefined && !seen.has(String(next))) {
      seen.add(String(next));
      const response: HttpResponse = await this.#pull({
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
        ? this.#path('manifests', what.tag)
        : 'manifest' in what
          ? this.#path('manifests', what.manifest)
          : this.#path('blobs', what.blob);
    const response = await this.#send({
      ...options,
      method: 'DELETE',
      target,
      scopes: this.#scopes('pull,push,delete'),
    });
    if (response.status === 404) {
      await discard(response.body);
      return false;
    }
    if (response.status < 200 || response.status > 299)
      throw await refusal(response, 'DELETE', this.reference.registry);
    await discard(response.body);
    return true;
  }

  /** What refers to a manifest: signatures, SBOMs, attestations. Where the registry has no such list, the tag that clients keep instead. */
  async referrers(
    subject: Descriptor | Digest,
    options: TransferOptions & { artifactType?: string } = {},
  ): Promise<Descriptor[]> {
    const digest = typeof subject === 'string' ? subject : subject.digest;
    const found: Descriptor[] = [];
    const query = options.artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(options.artifactType)}`;
    let next: string | URL | undefined = `${this.#path('referrers', digest)}${query}`;
    for (let pages = 0; next !== undefined && pages < 1000; pages++) {
      const response: HttpResponse = await this.#send({
        signal: options.signal,
        target: next,
        headers: { accept: MEDIA.ociIndex },
        scopes: this.#scopes('pull'),
      });
      if (response.status !== 200 || mediaTypeOf(response) !== MEDIA.ociIndex) {
        await discard(response.body);
        if (pages === 0 && response.status < 500 && response.status !== 401 && response.status !== 403)
          return this.#filter((await referrersIndex(this.#tagAccess(options), digest)).manifests, options.artifactType);
        throw await refusal(response, 'GET', this.reference.registry);
      }
      const document = parseManifest(
        await readBody(response, MAX_MANIFEST_SIZE),
        MEDIA.ociIndex,
        redactUrl(response.url),
      );
      if ('manifests' in document) found.push(...document.manifests);
      next = nextPage(response);
    }
    return this.#filter(found, options.artifactType);
  }

  #filter(descriptors: Descriptor[], artifactType: string | undefined): Descriptor[] {
    return artifactType === undefined ? descriptors : descriptors.filter((d) => d.artifactType === artifactType);
  }

  async #recordReferrer(bytes: Uint8Array, descriptor: Descriptor, options: TransferOptions): Promise<void> {
    const document = parseManifest(bytes, descriptor.mediaType, descriptor.digest);
    if (document.subject === undefined) return;
    await addReferrer(this.#tagAccess(options), document, descriptor);
  }

  #tagAccess(options: TransferOptions): ReferrersTag {
    const common = { signal: options.signal };
    return {
      read: async (tag) => {
        try {
          return (await this.manifest(tag, common)).bytes;
        } catch (error) {
          if (error instanceof RegistryError && error.code === 'not-found') return undefined;
          throw error;
        }
      },
      write: async (tag, bytes) => void (await this.pushManifest(bytes, MEDIA.ociIndex, tag, common)),
    };
  }

  async #fetch(descriptor: Descriptor, options: TransferOptions, verify: boolean): Promise<Readable> {
    if (isDocument(descriptor.mediaType)) {
      refuseLarge(descriptor.size, descriptor.digest);
      const { bytes } = await this.manifest(descriptor.digest, options);
      if (bytes.length !== descriptor.size)
        throw new RegistryError(
          'size-mismatch',
          `${descriptor.digest}: expected ${descriptor.size} bytes, the registry sent ${bytes.length}`,
        );
      return Readable.from([bytes], { objectMode: false });
    }
    return download({
      descriptor,
      verify,
      policy: this.#transport.policy,
      signal: options.signal,
      onProgress: options.onProgress,
      onRetry: options.onRetry,
      open: (headers) => this.#pull({ ...options, target: this.#path('blobs', descriptor.digest), headers }),
    });
  }

  async #mount(digest: Digest, from: string, options: TransferOptions): Promise<true | URL | undefined> {
    const target = `${this.#path('blobs', 'uploads/')}?mount=${digest}&from=${encodeURIComponent(from)}`;
    const scopes = [...this.#scopes('pull,push'), `repository:${from}:pull`];
    let response: HttpResponse;
    try {
      response = await this.#send({ signal: options.signal, onRetry: options.onRetry, method: 'POST', target, scopes });
    } catch (error) {
      // No token for the other repository: then the blob is sent.
      if (error instanceof RegistryError) return undefined;
      throw error;
    }
    await discard(response.body);
    if (response.status === 201) return true;
    // Refused for lack of rights there, or not known: a plain upload will tell what is really wrong.
    return response.status === 202 ? locationOf(response) : undefined;
  }

  /** A read: mirrors first, then the registry itself, whose answer counts. */
  async #pull(request: Omit<RegistryRequest, 'scopes'> & TransferOptions): Promise<HttpResponse> {
    const scopes = this.#scopes('pull');
    const method = request.method ?? 'GET';
    const { onProgress: _, ...rest } = request;
    if (typeof request.target === 'string') {
      for (const connect of this.#endpoints.mirrors(this.reference.registry, request.signal)) {
        try {
          const response = await this.#transport.send(await connect(), { ...rest, scopes, retries: 1 });
          if (response.status < 300) return response;
          await discard(response.body);
        } catch {
          request.signal?.throwIfAborted();
          // A mirror that cannot help is no failure: the next one, or the registry, is asked.
        }
      }
    }
    const response = await this.#send({ ...rest, scopes });
    if (response.status >= 200 && response.status < 300) return response;
    throw await refusal(response, method, this.reference.registry);
  }

  async #send(request: RegistryRequest & TransferOptions): Promise<HttpResponse> {
    const { onProgress: _, ...rest } = request;
    const endpoint: Endpoint = await this.#endpoints.origin(this.reference.registry, request.signal);
    return this.#transport.send(endpoint, rest);
  }

  #path(kind: string, what: string): string {
    return `/v2/${this.reference.repository}/${kind}/${what}`;
  }

  #scopes(actions: string): string[] {
    return [`repository:${this.reference.repository}:${actions}`];
  }
}

export async function readJson(response: HttpResponse, limit: number): Promise<Record<string, unknown>> {
  const bytes = await readBody(response, limit);
  try {
    const value: unknown = JSON.parse(bytes.toString('utf8'));
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>;
  } catch {
    // The next line says it.
  }
  throw new RegistryError('invalid-answer', `${redactUrl(response.url)}: expected a JSON object`);
}

function mediaTypeOf(response: HttpResponse): MediaType {
  return (response.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
}

function isDocument(type: MediaType): boolean {
  return isManifestType(type) || isIndexType(type);
}

/** Some registries say `application/json` or text/plain: then the document itself tells. */
function isKnown(type: MediaType): boolean {
  return isDocument(type);
}

function refuseLarge(size: number, where: string): void {
  if (size > MAX_MANIFEST_SIZE)
    throw new RegistryError(
      'too-large',
      `${where}: a manifest of ${size} bytes, more than the ${MAX_MANIFEST_SIZE} accepted`,
    );
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
