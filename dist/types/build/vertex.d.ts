import type { CacheKey } from '../cache/cache.js';
import type { LazyLayers } from '../cache/lazy-layers.js';
import type { ContentStore, Ingester, Layer } from '../content/store.js';
import type { SourceLocation } from '../errors.js';
import type { ImageConfig } from '../oci/image-config.js';
import type { Platform } from '../oci/platform.js';
import type { Task } from '../progress.js';
import type { Helper } from '../runtime/helper.js';
import type { Snapshot, Snapshotter } from '../snapshot/snapshotter.js';
/**
 * The nouns of a build. A stage's instructions become vertices, each with an operation and the vertices that it reads;
 * the solver knows nothing of what an operation does, only how it is keyed and that it can be executed.
 *
 * Keys. A vertex is looked up under its definition key first, then under its content key, and what it gave is recorded
 * under both. Both digest the identity of what the vertex stands on ({@link StepResult.key}, the chain ID of its layers),
 * so a record never brings back layers that do not fit the stack below them, and a step that gives the same layers again
 * lets everything above it hit.
 */
/** A root file system and its config as a step leaves them. Values: a step makes a new one, it never changes its input. */
export interface StepResult {
    /** Identity of the layers (their chain ID): the only thing that the keys of later steps see of this one. */
    readonly key: CacheKey;
    /** Config as it stands after the step, with history and diff IDs. */
    readonly config: ImageConfig;
    /** The whole stack, base first, parallel to config.rootfs.diff_ids. */
    readonly layers: readonly Layer[];
    /** Makes sure that every layer's blob is in the store: those of a base image may still be in its registry only. */
    fetchLayers(): Promise<void>;
    /** A read-only view. Layers are fetched and unpacked when this is first called, never before. */
    snapshot(): Promise<Snapshot>;
}
/** A key, and what went into it by name (text or digest, never a secret), so that a miss can be explained. */
export interface StepKey {
    readonly key: CacheKey;
    /** `file:src/a.ts` → digest, `arg:VERSION` → text, …: asked only when the step misses. */
    inputs(): Record<string, string>;
}
/** What one step does. A record is stored under both keys. Make keys with `stepKey` of cache-key.ts. */
export interface Op {
    /** RUN, COPY, …: part of no key, for messages. */
    readonly kind: string;
    /**
     * From the instruction and the inputs' identities alone, cheap, no I/O. `undefined` when that cannot be known without
     * reading what the step reads: COPY from the build context has a content key only. COPY --link leaves out
     * `inputs[0]`: its layer does not depend on what it is put on.
     */
    definitionKey(inputs: readonly CacheKey[]): StepKey | undefined;
    /** From the bytes that it reads: COPY, COPY --from, bind mounts. Called only when the definition key missed. */
    contentKey(inputs: readonly StepResult[], step: StepContext): Promise<StepKey | undefined>;
    /** A step that this one stands on is being executed: what executing this one will need may be loaded meanwhile. */
    expect?(): Promise<void>;
    /** Does it and gives the layer that it made; `undefined` when the file system did not change. */
    execute(step: StepContext): Promise<Layer | undefined>;
    /** The step's effect on the config, its history entry included. Also applied on a hit, so it must be pure. */
    configure(config: ImageConfig, outcome: StepOutcome): ImageConfig;
}
/**
 * A step that gives its result without touching a file system: FROM (the result was resolved while the graph was made)
 * and everything that only changes the config. It needs no key and no record.
 */
export interface PureOp {
    readonly kind: string;
    readonly pure: true;
    /** Says what a change of the config does, when two equal ones may be merged. */
    readonly signature?: string;
    result(inputs: readonly StepResult[]): StepResult;
}
/** What `configure` may say in the history. */
export interface StepOutcome {
    /** True when the step added a layer. */
    layered: boolean;
    /** When the step was executed, RFC 3339 (of the recorded execution on a hit); absent for steps that only change the config. */
    created?: string;
}
/** One step in the graph. `inputs[0]` is what it stands on; the others are what it reads besides. */
export interface Vertex {
    readonly inputs: readonly Vertex[];
    readonly op: Op | PureOp;
    /** What the step runs on and makes. */
    readonly platform: Platform;
    /** `[build 2/5] RUN make`. */
    readonly name: string;
    /** Stage (and platform, when there are several) for the display. */
    readonly group?: string;
    readonly location?: SourceLocation;
    /** Look nothing up; what it gives is recorded all the same. */
    readonly noCache?: boolean;
    /** Name this step from one build to the next, best first, for --explain-cache: by its text, by its place in the stage. */
    readonly identities?: readonly string[];
}
/** What an executing step may use. Everything that it made and did not commit is removed when it ends. */
export interface StepContext {
    /** `[build 2/5] RUN make`. */
    readonly name: string;
    /** Parallel to the vertex's inputs. */
    readonly inputs: readonly StepResult[];
    readonly platform: Platform;
    readonly services: StepServices;
    readonly task: Task;
    readonly signal: AbortSignal;
    /** SOURCE_DATE_EPOCH in seconds, where one is set. */
    readonly epoch: number | undefined;
    /** A writable snapshot on a result's layers, or on an empty root (COPY --link). */
    prepare(on: StepResult | undefined): Promise<Snapshot>;
    /**
     * Packs what was written in a snapshot from `prepare` as a layer; `undefined` when nothing was. The snapshot becomes
     * the unpacked form of that layer.
     */
    commit(snapshot: Snapshot): Promise<Layer | undefined>;
    /** An empty folder on the same file system as the snapshots, removed after the step. */
    scratch(): Promise<string>;
}
/** What a build asks of a snapshotter. */
export type StepSnapshots = Pick<Snapshotter, 'unpack' | 'prepare' | 'view' | 'commit' | 'remove'>;
/** The mechanisms that steps work with. */
export interface StepServices {
    readonly content: ContentStore & Ingester;
    readonly snapshots: StepSnapshots;
    readonly helper: Helper;
    /** Root only inside a user namespace: devices are left out. */
    readonly rootless?: boolean;
    /** Layers of steps that a cache elsewhere has. */
    lazy?: LazyLayers | undefined;
}
/** Where a step's files are, for `Tree` and the runtime: a folder, or an overlay that the helper mounts. */
export type { Root } from '../layer/root-records.js';
