import type { Layer } from '../content/store.js';
import type { Platform } from '../oci/platform.js';
import type { Task } from '../progress.js';
import type { Snapshot } from '../snapshot/snapshotter.js';
import type { StepContext, StepResult, StepServices, Vertex } from './vertex.js';
/** What the solver needs to let steps work; tests put in their own. */
export interface Workshop {
    readonly services: StepServices;
    /** Where scratch folders are made, on the file system of the snapshots. Made when it is first asked for. */
    scratchFolder(): Promise<string>;
    /** SOURCE_DATE_EPOCH in seconds. */
    readonly epoch: number | undefined;
    /** A step is at work: what packs its layer may be loaded meanwhile. */
    expect?(): Promise<void>;
    /** Makes the layer of what was written in a snapshot; `empty` when nothing was. */
    pack(snapshot: Snapshot, task: Task, signal: AbortSignal): Promise<Layer & {
        empty: boolean;
        bytes?: number;
    }>;
}
/** A step's context while it executes. {@link close} removes whatever it made and did not commit. */
export declare class ExecutingStep implements StepContext {
    #private;
    readonly name: string;
    readonly inputs: readonly StepResult[];
    readonly platform: Platform;
    readonly task: Task;
    readonly signal: AbortSignal;
    readonly services: StepServices;
    readonly epoch: number | undefined;
    constructor(workshop: Workshop, { name, platform }: Pick<Vertex, 'name' | 'platform'>, inputs: readonly StepResult[], task: Task, signal: AbortSignal);
    prepare(on: StepResult | undefined): Promise<Snapshot>;
    commit(snapshot: Snapshot): Promise<Layer | undefined>;
    scratch(): Promise<string>;
    close(): Promise<void>;
}
