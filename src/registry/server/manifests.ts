import { messageOf } from '../../errors.ts';
import { type Descriptor, parseDescriptor } from '../../oci/descriptor.ts';
import { type Digest, isDigest, sha256 } from '../../oci/digest.ts';
import { type ImageIndex, isIndex, type Manifest, parseManifest } from '../../oci/manifest.ts';
import { isForeignLayerType, MEDIA } from '../../oci/media-type.ts';
import { ApiError } from './error.ts';
import type { Storage } from './storage.ts';

const TAG = /^\w[\w.-]{0,127}$/;

/** What a client asked for after `/manifests/`. */
export type ManifestName = { tag: string } | { digest: Digest };

export function parseManifestName(text: string): ManifestName {
  if (text.includes(':')) {
    if (!isDigest(text)) throw new ApiError('DIGEST_INVALID', `"${text.slice(0, 200)}" is not a digest`);
    return { digest: text };
  }
  if (!TAG.test(text)) throw new ApiError('TAG_INVALID', `"${text.slice(0, 200)}" is not a tag`);
  return { tag: text };
}

/** Manifests, tags and referrers of repositories. */
export class Manifests {
  readonly #storage: Storage;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async get(repository: string, name: ManifestName): Promise<{ digest: Digest; mediaType: string; bytes: Buffer }> {
    const unknown = (): ApiError =>
      new ApiError(
        'MANIFEST_UNKNOWN',
        `no manifest ${'tag' in name ? `with tag ${name.tag}` : name.digest} in ${repository}`,
      );
    const digest = 'tag' in name ? await this.#storage.tag(repository, name.tag) : name.digest;
    if (digest === undefined) throw unknown();
    const found = await this.#storage.manifest(repository, digest);
    if (found === undefined) throw unknown();
    return { digest, ...found };
  }

  /** Checks, stores and names a manifest. Everything it names must be there, so that what can be pulled by tag is whole. */
  async put(
    repository: string,
    name: ManifestName,
    mediaType: string,
    bytes: Buffer,
    tags: readonly string[],
  ): Promise<{ digest: Digest; subject?: Digest }> {
    const digest = sha256(bytes);
    if ('digest' in name && name.digest !== digest)
      throw new ApiError('DIGEST_INVALID', `expected ${name.digest}, but the manifest received is ${digest}`);
    for (const tag of tags)
      if (!TAG.test(tag)) throw new ApiError('TAG_INVALID', `"${tag.slice(0, 200)}" is not a tag`);
    let document: Manifest | ImageIndex;
    try {
      document = parseManifest(bytes, mediaType, `manifest ${digest}`);
    } catch (error) {
      throw new ApiError('MANIFEST_INVALID', messageOf(error));
    }
    if (mediaType !== document.mediaType)
      throw new ApiError('MANIFEST_INVALID', `expected Content-Type ${document.mediaType}, found "${mediaType}"`);
    await this.#refuseMissing(repository, document);
    await this.#storage.putManifest(repository, digest, mediaType, bytes);
    const subject = document.subject?.digest;
    if (subject !== undefined)
      await this.#storage.addReferrer(repository, subject, digest, referrer(document, digest, bytes.length));
    for (const tag of new Set(['tag' in name ? [name.tag] : [], tags].flat()))
      await this.#storage.setTag(repository, tag, digest);
    return { digest, ...(subject === undefined ? {} : { subject }) };
  }

  /** A tag alone, or a manifest with all its tags. */
  async delete(repository: string, name: ManifestName): Promise<void> {
    if ('tag' in name) {
      if (!(await this.#storage.removeTag(repository, name.tag)))
        throw new ApiError('MANIFEST_UNKNOWN', `no tag ${name.tag} in ${repository}`);
      return;
    }
    const { bytes, mediaType } = await this.get(repository, name);
    // Tags first: a tag must never point at a manifest that is gone.
    for (const tag of await this.#storage.tags(repository)) {
      if ((await this.#storage.tag(repository, tag)) === name.digest) await this.#storage.removeTag(repository, tag);
    }
    const { subject } = parseManifest(bytes, mediaType, name.digest);
    if (subject !== undefined) await this.#storage.removeReferrer(repository, subject.digest, name.digest);
    await this.#storage.unlink(repository, '_manifests', name.digest);
  }

  async tags(repository: string): Promise<string[]> {
    if (!(await this.#storage.hasRepository(repository)))
      throw new ApiError('NAME_UNKNOWN', `no repository ${repository}`);
    return this.#storage.tags(repository);
  }

  /** The index that the referrers API answers with. */
  async referrers(repository: string, subject: Digest, artifactType: string | undefined): Promise<ImageIndex> {
    const all = (await this.#storage.referrers(repository, subject)).map((d) =>
      parseDescriptor(d, `referrers of ${subject}`),
    );
    return {
      schemaVersion: 2,
      mediaType: MEDIA.ociIndex,
      manifests: artifactType === undefined ? all : all.filter((d) => d.artifactType === artifactType),
    };
  }

  async #refuseMissing(repository: string, document: Manifest | ImageIndex): Promise<void> {
    const missing: Descriptor[] = [];
    if (isIndex(document)) {
      for (const d of document.manifests)
        if ((await this.#storage.manifest(repository, d.digest)) === undefined) missing.push(d);
    } else {
      for (const d of [document.config, ...document.layers]) {
        const size = await this.#storage.blobSize(repository, d.digest);
        if (size === undefined) {
          if (!isForeignLayerType(d.mediaType)) missing.push(d);
        } else if (size !== d.size) {
          throw new ApiError(
            'MANIFEST_INVALID',
            `${d.digest}: the manifest says ${d.size} bytes, the blob has ${size}`,
          );
        }
      }
    }
    if (missing.length === 0) return;
    const list = missing.map((d) => d.digest).join(', ');
    throw new ApiError('MANIFEST_BLOB_UNKNOWN', `the repository lacks ${list}`, {
      detail: missing.map((d) => ({ digest: d.digest })),
    });
  }
}

/** How distribution-spec § Listing Referrers wants a manifest with a subject described. */
function referrer(document: Manifest | ImageIndex, digest: Digest, size: number): Descriptor {
  const artifactType = document.artifactType ?? (isIndex(document) ? undefined : document.config.mediaType);
  return {
    mediaType: document.mediaType,
    digest,
    size,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(document.annotations === undefined ? {} : { annotations: document.annotations }),
  };
}
