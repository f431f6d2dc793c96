import { ContainerizeError, type ErrorDetails } from '../errors.ts';
import type { ExitReport } from '../reports.ts';

export type BuildErrorCode =
  | 'unknown-target'
  | 'unknown-stage'
  | 'stage-order'
  | 'cycle'
  | 'step-failed'
  | 'base-not-found'
  | 'platform-mismatch'
  | 'foreign-platform'
  | 'not-entitled'
  | 'missing-secret'
  | 'missing-ssh'
  | 'bad-mount'
  | 'bad-option'
  | 'unsupported'
  | 'no-dockerfile'
  | 'output-failed'
  | 'load-failed'
  | 'cancelled';

/** A build that cannot go on; `location` is the instruction, or the very word, that is to blame. */
export class BuildError extends ContainerizeError<BuildErrorCode> {}

/** A RUN whose program failed: how it ended and what it said last. */
export class StepFailed extends BuildError {
  /** `[build 2/5] RUN make`. */
  readonly step: string;
  readonly exit: ExitReport;
  /** The last lines of its output, secrets masked. */
  readonly output: readonly string[];

  constructor(step: string, exit: ExitReport, output: readonly string[], message: string, details: ErrorDetails = {}) {
    super('step-failed', message, details);
    this.step = step;
    this.exit = exit;
    this.output = output;
  }
}

/** Thrown for whatever was still to do when a build was aborted. */
export function cancelled(signal: AbortSignal): BuildError {
  if (signal.reason instanceof BuildError) return signal.reason;
  return new BuildError('cancelled', 'the build was cancelled', { cause: signal.reason });
}
