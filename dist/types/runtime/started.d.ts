import type { ExitReport } from '../reports.js';
import { type HelperProcess, type HelperRecord, type HelperReport, type HelperStdio } from './helper.js';
import type { ProcessIo, Running } from './runtime-types.js';
/** What the helper's own 0, 1, 2 are, and the records that say what the container's are. */
export declare function ioPlan(io: ProcessIo): {
    stdio: HelperStdio;
    records: HelperRecord[];
};
/** Joins the helper's pipes with the caller's streams. Resolves when all output has been handed over. */
export declare function connectStreams(helper: HelperProcess, io: ProcessIo): Promise<void>;
/** Why a container or process did not start, in the words of its user. */
export declare function startError(error: unknown, program: string): unknown;
/** Follows a helper's reports from spawn to exit. */
export declare class StartedProcess implements Running {
    #private;
    pid: number;
    readonly started: Promise<void>;
    readonly exit: Promise<ExitReport>;
    readonly outputLost: Promise<string>;
    /** Resolves with the pid once there is one; rejects when the start failed before. */
    readonly created: Promise<number>;
    constructor(program: string);
    /** Hand this to the helper as `onReport`. */
    hear(report: HelperReport): void;
    /** Ties the helper to this; `output` resolves when its streams are drained. */
    follow(helper: HelperProcess, output: Promise<void>, signal: AbortSignal | undefined): void;
    kill(signal: NodeJS.Signals | number): void;
    resize(rows: number, columns: number): void;
    closeStdin(): void;
    leave(): Promise<void>;
    /** A hook pause is over. */
    go(): void;
    /** Ends the control stream: the helper kills the container and cleans up. */
    release(): void;
}
/** `SIGTERM`, `TERM`, `15` or 15 → 15. */
export declare function signalNumber(signal: string | number): number;
