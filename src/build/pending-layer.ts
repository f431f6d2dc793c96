import type { Layer } from '../content/store.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';

/**
 * A layer whose blob is still on its way into the store. The keys and the root file system of what stands on it need its
 * diff ID alone; the solver waits for the blob before it gives a result away.
 */
export class PendingLayer implements Layer {
  readonly diffId: Digest;
  /** Rejects when the blob could not be stored. */
  readonly stored: Promise<void>;
  #descriptor: Descriptor | undefined;

  constructor(diffId: Digest, stored: Promise<Descriptor>) {
    this.diffId = diffId;
    this.stored = stored.then((descriptor) => {
      this.#descriptor = descriptor;
    });
    // Heard by the solver; until it listens a failure must not count as unhandled.
    this.stored.catch(() => {});
  }

  get descriptor(): Descriptor {
    if (this.#descriptor === undefined) throw new NotStoredYet(`the blob of layer ${this.diffId} is not stored yet`);
    return this.#descriptor;
  }
}

/** Somebody asked for a blob before it was there. */
export class NotStoredYet extends Error {}

/** Resolves when the blobs of all these layers are in the store. */
export async function allStored(layers: readonly (Layer | undefined)[]): Promise<void> {
  await Promise.all(layers.map((layer) => (layer instanceof PendingLayer ? layer.stored : undefined)));
}
