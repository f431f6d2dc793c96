import type { LazyLayers } from '../cache/lazy-layers.ts';
import type { Fetcher, Layer } from '../content/store.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import type { Snapshot } from '../snapshot/snapshotter.ts';
import { stackKey } from './cache-key.ts';
import type { StepResult, StepSnapshots } from './vertex.ts';

/** Where a stack's layers come from, shared by everything that is built on it. */
export interface Origin {
  readonly content: Fetcher;
  readonly snapshots: StepSnapshots;
  /** Brings the base image's layers into the store, when they are still only in a registry. Called at most once at a time. */
  fetchBase?: (() => Promise<void>) | undefined;
  /** Layers of steps that a cache elsewhere has. */
  readonly lazy?: LazyLayers | undefined;
}

/** The result that a base image is, or an empty root. */
export function baseResult(config: ImageConfig, layers: readonly Layer[], origin: Origin): StepResult {
  return new Stack(config, layers, origin);
}

/** What stands on `below` after a step added `layer` (or none) and changed the config. */
export function stepResult(below: StepResult, layer: Layer | undefined, config: ImageConfig): StepResult {
  const layers = layer === undefined ? below.layers : [...below.layers, layer];
  const diff_ids = layers.map(({ diffId }) => diffId);
  return new Stack(
    { ...config, rootfs: { type: 'layers', diff_ids } },
    layers,
    (below as Stack).origin,
    layer === undefined ? (below as Stack) : undefined,
  );
}

/** The same files in other blobs. */
export function withLayers(result: StepResult, layers: readonly Layer[]): StepResult {
  return new Stack(result.config, layers, (result as Stack).origin, result as Stack);
}

/** The same root file system with another config. */
export function configured(below: StepResult, config: ImageConfig): StepResult {
  return new Stack(config, below.layers, (below as Stack).origin, below as Stack);
}

class Stack implements StepResult {
  readonly key: StepResult['key'];
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
  readonly origin: Origin;
  readonly #same: Stack | undefined;
  #snapshot: Promise<Snapshot> | undefined;

  constructor(config: ImageConfig, layers: readonly Layer[], origin: Origin, same?: Stack) {
    this.config = config;
    this.layers = layers;
    this.origin = origin;
    this.#same = same;
    this.key = same?.key ?? stackKey(layers.map(({ diffId }) => diffId));
  }

  async fetchLayers(): Promise<void> {
    const { fetchBase, lazy } = this.origin;
    await Promise.all([fetchBase?.(), lazy?.fetch(this.layers.map(({ descriptor }) => descriptor))]);
  }

  snapshot(): Promise<Snapshot> {
    if (this.#same !== undefined) return this.#same.snapshot();
    this.#snapshot ??= this.#unpack();
    return this.#snapshot;
  }

  async #unpack(): Promise<Snapshot> {
    await this.fetchLayers();
    const { snapshots, content } = this.origin;
    return snapshots.view(await snapshots.unpack(this.layers, content));
  }
}
