import { Slots } from '../../content/slots.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { formatReference, parseReference, type Reference } from '../../oci/reference.ts';
import type { Engine } from '../../pipeline/wire.ts';

/** Questions to registries at once. */
const AT_ONCE = 8;

/** An image that goes to registries and nowhere else: layers that they all have need not come to this machine. */
export class PushOnly {
  readonly #engine: Engine;
  readonly #repositories: Map<string, Reference>;
  readonly #signal: AbortSignal;
  #lacking: readonly Descriptor[] = [];

  constructor(engine: Engine, names: readonly string[], signal: AbortSignal) {
    this.#engine = engine;
    this.#signal = signal;
    this.#repositories = new Map(
      names.map((name) => {
        const { tag: _, digest: __, ...repository } = parseReference(name);
        return [formatReference(repository), repository];
      }),
    );
  }

  /** Those that are not in the store and that a registry lacks. One that does not answer lacks everything. */
  async wanted(layers: readonly Descriptor[]): Promise<readonly Descriptor[]> {
    const elsewhere = await this.#notHere(layers);
    if (elsewhere.length === 0) return [];
    const client = await this.#engine.registry();
    const places = [...this.#repositories.values()].map((reference) => client.repository(reference));
    const slots = new Slots(AT_ONCE);
    const signal = this.#signal;
    const there = await Promise.all(
      elsewhere.map(async (layer) => {
        const asked = places.map((place) => slots.run(() => place.has(layer, { signal }).catch(() => false)));
        return !(await Promise.all(asked)).includes(false);
      }),
    );
    signal.throwIfAborted();
    this.#lacking = elsewhere.filter((_, i) => !there[i]);
    return this.#lacking;
  }

  /** How many of the image's layers stay where they are; 0 when all are here, or all have to come. */
  async left(layers: readonly Descriptor[]): Promise<number> {
    if ((await this.#notHere(this.#lacking)).length > 0) return 0;
    return (await this.#notHere(layers)).length;
  }

  async #notHere(layers: readonly Descriptor[]): Promise<Descriptor[]> {
    const store = await this.#engine.content();
    const here = await Promise.all(layers.map((layer) => store.has(layer)));
    return layers.filter((_, i) => !here[i]);
  }
}
