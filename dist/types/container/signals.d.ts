import type { ContainerRecord, ContainerState } from './record.js';
import type { ContainerServices } from './services.js';
/** The running state, or an error that says that it does not run. */
export declare function needRunning(services: ContainerServices, record: ContainerRecord): Promise<ContainerState & {
    process: NonNullable<ContainerState['process']>;
}>;
/** Sends a signal to the container's first process. */
export declare function signalContainer(services: ContainerServices, record: ContainerRecord, signal: string | number): Promise<void>;
/** Kills a container and waits until it has ended. Fine when it has ended already. */
export declare function killContainer(services: ContainerServices, record: ContainerRecord): Promise<void>;
/** Asks a container to end, and kills it when it does not in time. `seconds` -1 waits for ever. */
export declare function stopContainer(services: ContainerServices, record: ContainerRecord, options?: {
    seconds?: number | undefined;
    signal?: string | undefined;
    abort?: AbortSignal;
}): Promise<void>;
/** Waits until a container has ended; its state then, or undefined when the time was over first. A removed one has ended. */
export declare function waitForExit(services: ContainerServices, record: ContainerRecord, options?: {
    timeoutMs?: number;
    signal?: AbortSignal;
}): Promise<ContainerState | undefined>;
/** Stops every process of it, or lets them go on. */
export declare function pauseContainer(services: ContainerServices, record: ContainerRecord, on: boolean): Promise<void>;
/** True while its processes are frozen. */
export declare function isPaused(services: ContainerServices, state: ContainerState): Promise<boolean>;
