import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { HelperError, type HelperReport } from './helper-error.js';
import { type HelperRecord } from './helper-records.js';
export { HelperError, type HelperReport } from './helper-error.js';
export { type Arg, encodeRecords, type HelperRecord, nameBytes } from './helper-records.js';
/** What one of the helper's descriptors 0 to 2 is: nothing, ours, a pipe that we hold the other end of, or an open descriptor. */
export type StdioChoice = 'null' | 'inherit' | 'pipe' | number;
export interface HelperStdio {
    stdin: StdioChoice;
    stdout: StdioChoice;
    stderr: StdioChoice;
}
export interface SpawnOptions {
    stdio: HelperStdio;
    cwd?: string;
    /** Ends the helper and everything it started. */
    signal?: AbortSignal;
    /** Descriptors of ours that become 3, 4, … in the helper (the record `preserve-fds` hands them on). */
    extraFds?: readonly number[];
    /** So many further sockets, behind those descriptors: `HelperProcess.sockets` are their other ends. */
    sockets?: number;
    /** Does not keep Node from ending. */
    background?: boolean;
    /** The helper's own environment; empty unless a mode runs a command that should inherit it. */
    env?: Record<string, string>;
    /** Hears each report at once. Without it, iterate `reports`. */
    onReport?: (report: HelperReport) => void;
}
export interface HelperExit {
    code: number | null;
    signal: NodeJS.Signals | null;
}
/** One run of the helper. */
export interface HelperProcess {
    readonly pid: number;
    readonly stdin: Writable | undefined;
    readonly stdout: Readable | undefined;
    readonly stderr: Readable | undefined;
    /** Of `SpawnOptions.sockets`. */
    readonly sockets: readonly Socket[];
    /** Everything the helper tells, in order, error reports too; ends with the helper. For one reader. */
    readonly reports: AsyncIterable<HelperReport>;
    /** Sends a line of the control stream (`go`, `signal 15`, `resize 24 80`, `stdin-eof`); a helper that is gone does not mind. */
    control(line: string): void;
    /** Closes the control stream: `run` and `exec` kill their container. */
    release(): void;
    /** Resolves when the helper has exited and its reports are in. Rejects only when it could not be spawned. */
    readonly exited: Promise<HelperExit>;
    /** The error that the helper reported, or made from an exit that nothing explains; undefined when nothing failed. */
    failure(): HelperError | undefined;
    /** Waits for the end; throws `failure()`. */
    finished(): Promise<HelperExit>;
}
/** Spawns the native helper; the only place that does. `binary` is its path. */
export declare class Helper {
    readonly binary: string;
    constructor(binary: string);
    spawn(mode: string, records: Iterable<HelperRecord>, options: SpawnOptions): HelperProcess;
}
