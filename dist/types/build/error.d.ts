import { ContainerizeError, type ErrorDetails } from '../errors.js';
import type { ExitReport } from '../reports.js';
export type BuildErrorCode = 'unknown-target' | 'unknown-stage' | 'stage-order' | 'cycle' | 'step-failed' | 'base-not-found' | 'platform-mismatch' | 'foreign-platform' | 'not-entitled' | 'missing-secret' | 'missing-ssh' | 'bad-mount' | 'bad-option' | 'unsupported' | 'no-dockerfile' | 'output-failed' | 'load-failed' | 'cancelled';
/** A build that cannot go on; `location` is the instruction, or the very word, that is to blame. */
export declare class BuildError extends ContainerizeError<BuildErrorCode> {
}
/** A RUN whose program failed: how it ended and what it said last. */
export declare class StepFailed extends BuildError {
    /** `[build 2/5] RUN make`. */
    readonly step: string;
    readonly exit: ExitReport;
    /** The last lines of its output, secrets masked. */
    readonly output: readonly string[];
    constructor(step: string, exit: ExitReport, output: readonly string[], message: string, details?: ErrorDetails);
}
/** Thrown for whatever was still to do when a build was aborted. */
export declare function cancelled(signal: AbortSignal): BuildError;
