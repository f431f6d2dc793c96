import { discard, type HttpResponse, readBody, redactUrl } from '../http.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { MAX_MANIFEST_SIZE, parseManifest } from '../oci/manifest.ts';
import { MEDIA } from '../oci/media-type.ts';
import type { Connection, TransferOptions } from './connection.ts';
import { nextPage } from './list-page.ts';
import { addReferrer, type ReferrersTag, referrersIndex } from './referrers.ts';
import { RegistryError } from './registry-error.ts';
import { mediaTypeOf, type RemoteManifests } from './remote-manifests.ts';

/** What refers to the manifests of one repository. */
export class RemoteReferrers {
  readonly #to: Connection;
  readonly #manifests: RemoteManifests;

  constructor(to: Connection, manifests: RemoteManifests) {
    this.#to = to;
    this.#manifests = manifests;
  }

  /** What refers to a manifest: signatures, SBOMs, attestations. Where the registry has no such list, the tag that clients keep instead. */
  async list(
    subject: Descriptor | Digest,
    options: TransferOptions & { artifactType?: string } = {},
  ): Promise<Descriptor[]> {
    const digest = typeof subject === 'string' ? subject : subject.digest;
    const found: Descriptor[] = [];
    const query = options.artifactType === undefined ? '' : `?artifactType=${encodeURIComponent(options.artifactType)}`;
    let next: string | URL | undefined = `${this.#to.path('referrers', digest)}${query}`;
    for (let pages = 0; next !== undefined && pages < 1000; pages++) {
      const response: HttpResponse = await this.#to.send({
        signal: options.signal,
        target: next,
        headers: { accept: MEDIA.ociIndex },
        scopes: this.#to.scopes('pull'),
      });
      if (response.status !== 200 || mediaTypeOf(response) !== MEDIA.ociIndex) {
        await discard(response.body);
        if (pages === 0 && response.status < 500 && response.status !== 401 && response.status !== 403)
          return this.#filter((await referrersIndex(this.#tagAccess(options), digest)).manifests, options.artifactType);
        throw await this.#to.refused(response, 'GET');
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

  /** Keeps the list for a registry that does not. */
  async record(bytes: Uint8Array, descriptor: Descriptor, options: TransferOptions): Promise<void> {
    const document = parseManifest(bytes, descriptor.mediaType, descriptor.digest);
    if (document.subject === undefined) return;
    await addReferrer(this.#tagAccess(options), document, descriptor);
  }

  #tagAccess(options: TransferOptions): ReferrersTag {
    const common = { signal: options.signal };
    return {
      read: async (tag) => {
        try {
          return (await this.#manifests.get(tag, common)).bytes;
        } catch (error) {
          if (error instanceof RegistryError && error.code === 'not-found') return undefined;
          throw error;
        }
      },
      write: async (tag, bytes) => void (await this.#manifests.put(bytes, MEDIA.ociIndex, tag, common)),
    };
  }
}
