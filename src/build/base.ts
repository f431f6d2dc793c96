import type { LoadedImage } from '../content/image.ts';
import type { ContentStore, Image } from '../content/store.ts';
import type { SourceLocation } from '../errors.ts';
import { codeOf, didYouMean, messageOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type ImageConfig, platformOf } from '../oci/image-config.ts';
import { formatPlatform, type Platform, platformDistance } from '../oci/platform.ts';
import {
  familiarReference,
  formatReference,
  parseReference,
  type Reference,
  withDefaultTag,
} from '../oci/reference.ts';
import type { Progress } from '../progress.ts';
import { BuildError } from './error.ts';

/** What `FROM image` and `--from=image` stand on. */
export interface BaseImage {
  /** As it is shown: `docker.io/library/debian:12@sha256:…`. */
  name: string;
  config: ImageConfig;
  layers: LoadedImage['layers'];
  /** Of the manifest for the platform. */
  descriptor: Descriptor;
  /** Brings the layers into the store; absent when they are there. */
  fetchLayers?: () => Promise<void>;
}

/**
 * Which source counts for `FROM name:tag`: `missing` uses the store's and pulls only what is not there, `always` pulls,
 * `newer` asks the registry and falls back to the store with a warning.
 */
export type PullPolicy = 'missing' | 'always' | 'newer';

/** A registry as the builder needs it; the door injects one. */
export interface ImageRegistry {
  /** Manifests and config only, into the store. `fetchLayers` brings the rest, and gives the image its name there. */
  resolve(
    reference: Reference,
    platform: Platform,
    options: { signal: AbortSignal; progress: Progress },
  ): Promise<{ image: Image; fetchLayers: () => Promise<void> }>;
}

export interface BaseImagesOptions {
  content: ContentStore;
  refs: {
    get(name: string): Promise<Descriptor | undefined>;
    list?(): Promise<readonly { name: string }[]>;
  };
  registry?: ImageRegistry | undefined;
  pull: PullPolicy;
  progress: Progress;
  signal: AbortSignal;
}

/** Finds base images, each once a build. */
export class BaseImages {
  readonly #options: BaseImagesOptions;
  readonly #found = new Map<string, Promise<BaseImage>>();

  constructor(options: BaseImagesOptions) {
    this.#options = options;
  }

  /** `location` is the word that named it; `candidates` are stages that may have been meant. */
  find(name: string, platform: Platform, location: SourceLocation): Promise<BaseImage> {
    const key = `${formatPlatform(platform)} ${name}`;
    const found = this.#found.get(key) ?? this.#find(name, platform, location);
    this.#found.set(key, found);
    return found;
  }

  async #find(name: string, platform: Platform, location: SourceLocation): Promise<BaseImage> {
    let reference: Reference;
    try {
      reference = withDefaultTag(parseReference(name));
    } catch (error) {
      throw new BuildError('base-not-found', messageOf(error), { cause: error, location });
    }
    const { pull, progress } = this.#options;
    if (pull === 'missing')
      return (await this.#stored(reference, platform)) ?? this.#pulled(reference, platform, location);
    try {
      return await this.#pulled(reference, platform, location);
    } catch (error) {
      const stored = pull === 'newer' ? await this.#stored(reference, platform) : undefined;
      if (stored === undefined) throw error;
      progress.warn(`using ${familiarReference(reference)} as it is in the store: ${messageOf(error)}`);
      return stored;
    }
  }

  async #stored(reference: Reference, platform: Platform): Promise<BaseImage | undefined> {
    const { content, refs } = this.#options;
    const descriptor = await refs.get(formatReference(reference));
    if (descriptor === undefined) return undefined;
    try {
      return await loadBase(reference, { descriptor, content }, platform);
    } catch (error) {
      // Another platform of it was pulled, or gc took a part of it.
      if (['no-such-platform', 'blob-missing', 'platform-mismatch'].includes(codeOf(error) ?? '')) return undefined;
      throw error;
    }
  }

  /** A name of the store, or a common one, that is nearly this. */
  async #guess(familiar: string): Promise<string> {
    const plain = (name: string) => name.replace(/[:@][^/]*$/, '');
    const stored = (await this.#options.refs.list?.().catch(() => [])) ?? [];
    const names = stored.map(({ name }) => plain(familiarReference(parseReference(name))));
    const asked = plain(familiar);
    return names.includes(asked) || COMMON.includes(asked) ? '' : didYouMean(asked, new Set([...names, ...COMMON]));
  }

  async #pulled(reference: Reference, platform: Platform, location: SourceLocation): Promise<BaseImage> {
    const { registry, signal, progress } = this.#options;
    const familiar = familiarReference(reference);
    if (registry === undefined) {
      throw new BuildError('base-not-found', `image ${familiar} for ${formatPlatform(platform)} is not in the store`, {
        location,
        hint: `containerize pull ${familiar}`,
      });
    }
    try {
      const { image, fetchLayers } = await registry.resolve(reference, platform, { signal, progress });
      return { ...(await loadBase(reference, image, platform)), fetchLayers: once(fetchLayers) };
    } catch (error) {
      if (signal.aborted) throw error;
      throw new BuildError(
        'base-not-found',
        `cannot get image ${familiar}${await this.#guess(familiar)} for ${formatPlatform(platform)}: ${messageOf(error)}`,
        { cause: error, location },
      );
    }
  }
}

/** What Dockerfiles mostly begin with: for `did you mean`. */
const COMMON =
  'alpine busybox debian ubuntu fedora node python golang rust ruby php nginx httpd redis postgres mysql mariadb eclipse-temurin maven gradle scratch'.split(
    ' ',
  );

/** Reads one image for one platform. A plain manifest for another platform is refused: nobody asked for it. */
async function loadBase(reference: Reference, image: Image, platform: Platform): Promise<BaseImage> {
  const { loadImage } = await import('../content/image.ts');
  const loaded = await loadImage(image, platform);
  const own = platformOf(loaded.config);
  if (platformDistance(platform, own) === undefined) {
    throw new BuildError(
      'platform-mismatch',
      `${familiarReference(reference)} is for ${formatPlatform(own)}, not for ${formatPlatform(platform)}`,
    );
  }
  const name = formatReference(
    reference.digest === undefined ? { ...reference, digest: image.descriptor.digest } : reference,
  );
  return { name, config: loaded.config, layers: loaded.layers, descriptor: loaded.manifestDescriptor };
}

/** One run for all callers; a failure lets the next one try again. */
function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= work().catch((error: unknown) => {
      running = undefined;
      throw error;
    });
    return running;
  };
}
