import { discard, HttpError, type HttpResponse, readBody, redactUrl } from '../http.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { isDigest, sha256 } from '../oci/digest.ts';
import { MAX_MANIFEST_SIZE, parseManifest } from '../oci/manifest.ts';
import { isIndexType, isManifestType, MANIFEST_TYPES, MEDIA, type MediaType } from '../oci/media-type.ts';
import { familiarReference, parseReference } from '../oci/reference.ts';
import type { Connection, TransferOptions } from './connection.ts';
import { RegistryError } from './registry-error.ts';

/** What we take, schema 1 only to refuse it by name. */
export const ACCEPT = [...MANIFEST_TYPES, MEDIA.dockerSchema1Signed, '*/*;q=0.1'].join(', ');

/** Manifests and indexes of one repository. */
export class RemoteManifests {
  readonly #to: Connection;

  constructor(to: Connection) {
    this.#to = to;
  }

  /** The descriptor behind a tag or digest; the manifest itself is not fetched where HEAD tells enough (it costs no pull). */
  async resolve(tagOrDigest: string, options: TransferOptions = {}): Promise<Descriptor> {
    const target = this.#to.path('manifests', tagOrDigest);
    const head = await this.#to
      .read({ ...options, method: 'HEAD', target, headers: { accept: ACCEPT } })
      .catch((error: unknown) => {
        throw this.#named(error, tagOrDigest);
      });
    await discard(head.body);
    const digest = head.headers['docker-content-digest'];
    const size = Number(head.headers['content-length'] ?? Number.NaN);
    const mediaType = mediaTypeOf(head);
    if (
      typeof digest === 'string' &&
      isDigest(digest) &&
      Number.isSafeInteger(size) &&
      size > 0 &&
      isDocument(mediaType)
    ) {
      if (isDigest(tagOrDigest) && digest !== tagOrDigest)
        throw new RegistryError('digest-mismatch', `${redactUrl(head.url)}: the registry answers with ${digest}`);
      refuseLarge(size, redactUrl(head.url));
      return { mediaType, digest, size };
    }
    const { descriptor } = await this.get(tagOrDigest, options);
    return descriptor;
  }

  /** A refused HEAD has no words of the registry: say at least which image it was about. */
  #named(error: unknown, tagOrDigest: string): unknown {
    if (!(error instanceof RegistryError) || !['not-found', 'unauthorized', 'denied'].includes(error.code))
      return error;
    const { registry, repository } = this.#to.reference;
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
  async get(tagOrDigest: string, options: TransferOptions = {}): Promise<{ descriptor: Descriptor; bytes: Buffer }> {
    const response = await this.#to.read({
      ...options,
      target: this.#to.path('manifests', tagOrDigest),
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
    const document = parseManifest(bytes, isDocument(said) ? said : undefined, where);
    return { descriptor: { mediaType: document.mediaType, digest, size: bytes.length }, bytes };
  }

  /** Puts a manifest under its digest, or under a tag; tells whether the registry keeps the list of what refers to its subject. */
  async put(
    bytes: Uint8Array,
    mediaType: MediaType,
    tag?: string,
    options: TransferOptions = {},
  ): Promise<{ descriptor: Descriptor; subjectKept: boolean }> {
    const descriptor: Descriptor = { mediaType, digest: sha256(bytes), size: bytes.byteLength };
    const response = await this.#to.send({
      ...options,
      method: 'PUT',
      target: this.#to.path('manifests', tag ?? descriptor.digest),
      headers: { 'content-type': mediaType },
      body: bytes,
      scopes: this.#to.scopes('pull,push'),
    });
    if (response.status < 200 || response.status > 299) throw await this.#to.refused(response, 'PUT');
    await discard(response.body);
    const stored = response.headers['docker-content-digest'];
    if (typeof stored === 'string' && stored.startsWith('sha256:') && stored !== descriptor.digest) {
      throw new RegistryError(
        'digest-mismatch',
        `PUT ${response.url.pathname}: sent ${descriptor.digest}, the registry stored ${stored}`,
      );
    }
    return { descriptor, subjectKept: Boolean(response.headers['oci-subject']) };
  }
}

export function mediaTypeOf(response: HttpResponse): MediaType {
  return (response.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
}

/** Manifest or index: what lies under `/manifests/`. Some registries say `application/json` or text/plain instead. */
export function isDocument(type: MediaType): boolean {
  return isManifestType(type) || isIndexType(type);
}

/** Nobody needs a larger one, and we would have to hold it in memory. */
export function refuseLarge(size: number, where: string): void {
  if (size > MAX_MANIFEST_SIZE)
    throw new RegistryError(
      'too-large',
      `${where}: a manifest of ${size} bytes, more than the ${MAX_MANIFEST_SIZE} accepted`,
    );
}
