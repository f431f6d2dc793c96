import type { ProcessIo, Running } from '../runtime/runtime-types.js';
import type { Snapshot } from '../snapshot/snapshotter.js';
import { type ExecOptions } from './exec.js';
import type { Limits } from './limits.js';
import { type LogEntry, type LogOptions } from './log-file.js';
import type { ContainerRecord, ContainerState } from './record.js';
import { type RemoveOptions } from './remove.js';
import type { ContainerServices } from './services.js';
import { type StartOptions } from './start.js';
/** One container. What it is does not change but for its name; how far it is must be asked. */
export declare class Container {
    #private;
    readonly services: ContainerServices;
    record: ContainerRecord;
    constructor(services: ContainerServices, record: ContainerRecord, snapshot?: Snapshot);
    get id(): string;
    get name(): string;
    state(): Promise<ContainerState>;
    /** Another process has made it, and may be just about to start it. */
    mayBeStarting(): Promise<boolean>;
    isPaused(): Promise<boolean>;
    /** Starts it in the background. */
    start(options?: StartOptions): Promise<void>;
    /** Starts it as a child of this process, which it does not outlive. */
    startForeground(io: ProcessIo, options?: StartOptions): Promise<Running & {
        finished: Promise<void>;
    }>;
    exec(options: ExecOptions, io: ProcessIo): Promise<Running>;
    /** Runs a program in it that nobody waits for. */
    execDetached(options: ExecOptions): Promise<void>;
    signal(signal: string | number): Promise<void>;
    kill(): Promise<void>;
    stop(options?: {
        seconds?: number | undefined;
        signal?: string | undefined;
        abort?: AbortSignal;
    }): Promise<void>;
    pause(on: boolean): Promise<void>;
    /** The state once it has ended. */
    wait(options?: {
        signal?: AbortSignal;
    }): Promise<ContainerState>;
    remove(options?: RemoveOptions): Promise<void>;
    /** While this process lives, nobody else clears this container away when it has ended: its exit code is still read. */
    promiseRemoval(): Promise<void>;
    /** Removes a container of `startForeground` whose exit was awaited. */
    removeEnded(): Promise<void>;
    rename(name: string): Promise<void>;
    /** Changes limits, now and for later starts. */
    update(changes: Limits, warn: (message: string) => void): Promise<void>;
    /** What it wrote, oldest first. */
    logs(options: LogOptions): Promise<AsyncGenerator<LogEntry, void, undefined>>;
    /** Bytes in its own layer. */
    writtenBytes(): Promise<number>;
    /** Bytes of its image's layers, unpacked, and of its own. */
    rootBytes(): Promise<number>;
    get attachSocket(): string;
}
