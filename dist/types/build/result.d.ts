import type { LazyLayers } from '../cache/lazy-layers.js';
import type { Fetcher, Layer } from '../content/store.js';
import type { ImageConfig } from '../oci/image-config.js';
import type { StepResult, StepSnapshots } from './vertex.js';
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
export declare function baseResult(config: ImageConfig, layers: readonly Layer[], origin: Origin): StepResult;
/** What stands on `below` after a step added `layer` (or none) and changed the config. */
export declare function stepResult(below: StepResult, layer: Layer | undefined, config: ImageConfig): StepResult;
/** The same files in other blobs. */
export declare function withLayers(result: StepResult, layers: readonly Layer[]): StepResult;
/** The same root file system with another config. */
export declare function configured(below: StepResult, config: ImageConfig): StepResult;
