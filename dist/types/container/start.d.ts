import type { ProcessIo, Running } from '../runtime/runtime-types.js';
import type { Snapshot } from '../snapshot/snapshotter.js';
import type { ContainerRecord } from './record.js';
import type { ContainerServices } from './services.js';
export interface StartOptions {
    /** The container's own root when it is open already. */
    snapshot?: Snapshot | undefined;
    consoleSize?: {
        rows: number;
        columns: number;
    } | undefined;
    signal?: AbortSignal | undefined;
    /** Output waits so long for somebody to attach. */
    waitClientMs?: number;
}
/** Starts a container that outlives us; a monitor keeps its log and its exit. Nothing happens when it runs already. */
export declare function startDetached(services: ContainerServices, record: ContainerRecord, options?: StartOptions): Promise<void>;
/**
 * Runs a container as a child of ours, its streams relayed: the fastest way, for `run --rm`. It ends with us. The
 * promise resolves when it has been made; the caller waits for `exit`, and `finished` says when that is on disk.
 */
export declare function startForeground(services: ContainerServices, record: ContainerRecord, io: ProcessIo, options?: StartOptions): Promise<Running & {
    finished: Promise<void>;
}>;
