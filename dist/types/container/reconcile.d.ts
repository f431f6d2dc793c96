import type { ExitReport } from '../reports.js';
import type { ProcessIdentity } from '../runtime/runtime-types.js';
import type { ContainerStore } from './container-store.js';
import type { ContainerState } from './record.js';
/**
 * The true state of a container: what state.json says, corrected by what became of its processes since. A container
 * that says "running" has ended when its keeper wrote the exit file, and was lost when both are gone (kill -9, reboot).
 */
export declare function currentState(store: ContainerStore, id: string): Promise<ContainerState>;
/** Writes down that a container has ended. */
export declare function finish(store: ContainerStore, id: string, state: ContainerState, exit: ExitReport, at: Date, error?: string): Promise<ContainerState>;
/** True while that very process runs. */
export declare function lives(process: ProcessIdentity | undefined): Promise<boolean>;
