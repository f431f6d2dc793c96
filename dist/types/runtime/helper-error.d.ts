import { ContainerizeError } from '../errors.js';
/** One line of the helper. */
export interface HelperReport {
    event: string;
    [field: string]: unknown;
}
export type HelperErrorCode = 'helper-missing' | 'helper-unusable' | 'helper-config' | 'bad-input' | 'helper-failed' | 'kernel-lacks' | 'exec-failed' | 'helper-died';
/** Why the helper could not do its work: which system call, on what, with which errno. */
export declare class HelperError extends ContainerizeError<HelperErrorCode> {
    /** The part of the start in which it failed: `mount`, `cgroup`, `process`, … */
    readonly stage: string | undefined;
    /** The system call. */
    readonly call: string | undefined;
    /** What it was called on. */
    readonly object: string | undefined;
    readonly errno: number | undefined;
    /** `EPERM`, `ENOENT`, … */
    readonly errnoName: string | undefined;
    constructor(code: HelperErrorCode, message: string, report?: Partial<HelperReport>, details?: {
        hint?: string;
        cause?: unknown;
    });
    static reported(mode: string, report: HelperReport, binary?: string): HelperError;
    static execFailed(report: HelperReport): HelperError;
    static unexplained(mode: string, exit: {
        code: number | null;
        signal: string | null;
    }): HelperError;
    static spawning(binary: string, cause: unknown): HelperError;
}
