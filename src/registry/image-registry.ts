import { Readable } from 'node:stream';
import type { Fetcher, Image } from '../content/store.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import type { Platform } from '../oci/platform.ts';
import { formatReference, type Reference, withDefaultTag } from '../oci/reference.ts';
import type { Progress } from '../progress.ts';
import type { RegistryClient } from './client.ts';
import type { KnownSources } from './known-sources.ts';
import { type PullTarget, startPull } from './pull.ts';

export interface ImageRegistryOptions {
  client: RegistryClient;
  store: PullTarget;
  refs: { set(name: string, descriptor: Descriptor): Promise<void> };
  sources?: KnownSources | undefined;
}

/** Base images for a builder: what they are at once, their layers only when a step needs them. */
export class ImageRegistry {
  readonly #options: ImageRegistryOptions;

  constructor(options: ImageRegistryOptions) {
    this.#options = options;
  }

  /**
   * Manifests and config, held in memory. `fetchLayers` brings everything into the store, children before parents, and
   * gives the image its name there.
   */
  async resolve(
    reference: Reference,
    platform: Platform,
    options: { signal?: AbortSignal; progress?: Progress },
  ): Promise<{ image: Image; fetchLayers: () => Promise<void> }> {
    const { client, store, refs, sources } = this.#options;
    const named = withDefaultTag(reference);
    const pull = await startPull(client, named, store, { ...options, platform, sources });
    const config = await pull.configs();
    const small = new Map<Digest, Buffer>(
      [...pull.documents, ...config].map(({ descriptor, bytes }) => [descriptor.digest, bytes]),
    );
    return {
      image: { descriptor: pull.root, content: withSmall(small, store) },
      fetchLayers: async () => {
        await pull.finish();
        await refs.set(formatReference(named), pull.root);
      },
    };
  }
}

function withSmall(small: ReadonlyMap<Digest, Buffer>, store: Fetcher): Fetcher {
  return {
    fetch: async (descriptor) => {
      const bytes = small.get(descriptor.digest);
      return bytes === undefined ? store.fetch(descriptor) : Readable.from([bytes], { objectMode: false });
    },
  };
}
