import type { ProcessIo, Running } from '../runtime/runtime-types.js';
import type { ContainerRecord } from './record.js';
import type { ContainerServices } from './services.js';
export interface ExecOptions {
    command: readonly string[];
    env?: readonly string[];
    user?: string | undefined;
    workingDir?: string | undefined;
    tty?: boolean;
    privileged?: boolean;
    consoleSize?: {
        rows: number;
        columns: number;
    } | undefined;
    signal?: AbortSignal;
}
/** Runs another program in a running container: with the container's user, environment and limits unless told otherwise. */
export declare function execInContainer(services: ContainerServices, record: ContainerRecord, options: ExecOptions, io: ProcessIo): Promise<Running>;
/** The same without anybody who waits: output is thrown away, and the container's first process reaps it. */
export declare function execDetached(services: ContainerServices, record: ContainerRecord, options: ExecOptions): Promise<void>;
