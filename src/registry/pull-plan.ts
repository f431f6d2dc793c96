import { MAX_CONFIG_SIZE } from '../content/image.ts';
import { readBlob } from '../content/read-blob.ts';
import type { ContentStore } from '../content/store.ts';
import { codeOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { isIndex, type Manifest, parseManifest } from '../oci/manifest.ts';
import { isConfigType } from '../oci/media-type.ts';
import type { Platform } from '../oci/platform.ts';
import { chooseManifests } from './choose-manifest.ts';
import { RegistryError } from './registry-error.ts';
import type { Repository } from './repository.ts';

/** Manifests in manifests: more than anybody needs. */
const MAX_DEPTH = 4;

/** A manifest or config with its bytes. */
export interface Document {
  descriptor: Descriptor;
  bytes: Buffer;
}

/** What a pull has to bring: the manifests that serve the platform, and the blobs they name. */
export class PullPlan {
  readonly #repository: Repository;
  readonly #store: ContentStore;
  readonly #platform: Platform | 'all' | undefined;
  readonly #name: string;
  /** Children before parents. */
  readonly documents: Document[] = [];
  readonly blobs = new Map<Digest, Descriptor>();

  constructor(repository: Repository, store: ContentStore, platform: Platform | 'all' | undefined, name: string) {
    this.#repository = repository;
    this.#store = store;
    this.#platform = platform;
    this.#name = name;
  }

  /** The image configs' bytes. */
  async configs(): Promise<Document[]> {
    const found: Document[] = [];
    for (const descriptor of this.blobs.values()) {
      if (!isConfigType(descriptor.mediaType)) continue;
      const from = (await this.#store.has(descriptor)) ? this.#store : this.#repository;
      found.push({ descriptor, bytes: await readBlob(from, descriptor, MAX_CONFIG_SIZE) });
    }
    return found;
  }

  /** Reads manifests down to the blobs, taking from an index what serves the platform best. */
  async collect(descriptor: Descriptor, depth: number): Promise<void> {
    if (depth > MAX_DEPTH)
      throw new RegistryError('invalid-answer', `${this.#name}: indexes nested more than ${MAX_DEPTH} deep`);
    const bytes = await this.#document(descriptor);
    const document = parseManifest(bytes, descriptor.mediaType, `${this.#name} (${descriptor.digest})`);
    if (isIndex(document)) {
      for (const child of chooseManifests(document, this.#platform, this.#name)) await this.collect(child, depth + 1);
    } else {
      this.#addBlobs(document);
    }
    this.documents.push({ descriptor, bytes });
  }

  async #document(descriptor: Descriptor): Promise<Buffer> {
    if (await this.#store.has(descriptor)) {
      try {
        return await readBlob(this.#store, descriptor);
      } catch (error) {
        // A damaged copy is fetched again.
        if (
          codeOf(error) !== 'digest-mismatch' &&
          codeOf(error) !== 'size-mismatch' &&
          codeOf(error) !== 'blob-missing'
        )
          throw error;
      }
    }
    return readBlob(this.#repository, descriptor);
  }

  #addBlobs(manifest: Manifest): void {
    if (manifest.config.size > MAX_CONFIG_SIZE && isConfigType(manifest.config.mediaType)) {
      throw new RegistryError(
        'too-large',
        `${this.#name}: a config of ${manifest.config.size} bytes, more than the ${MAX_CONFIG_SIZE} accepted`,
      );
    }
    for (const blob of [manifest.config, ...manifest.layers]) {
      const known = this.blobs.get(blob.digest);
      if (known !== undefined && known.size !== blob.size)
        throw new RegistryError(
          'size-mismatch',
          `${this.#name}: ${blob.digest} has ${known.size} bytes in one place and ${blob.size} in another`,
        );
      this.blobs.set(blob.digest, blob);
    }
  }
}
