import type { TaskInfo } from '../../progress.ts';

/** One piece of work, as the summary draws it. */
export interface TimelineStep {
  name: string;
  group?: string;
  /** Milliseconds since the timeline began. */
  start: number;
  end?: number;
  cached: boolean;
  failed?: string;
  notes: string[];
}

/** When each task began and ended. */
export class Timeline {
  readonly steps: TimelineStep[] = [];
  readonly #now: () => number;
  readonly #zero: number;

  /** `zero`: what times count from, should others count from it too. */
  constructor(now: () => number = () => performance.now(), zero: number = now()) {
    this.#now = now;
    this.#zero = zero;
  }

  begin(info: TaskInfo): {
    note(message: string): void;
    end(result: { cached?: boolean; failed?: string }): void;
    milliseconds(): number;
  } {
    const step: TimelineStep = {
      name: info.name,
      ...(info.group === undefined ? {} : { group: info.group }),
      start: this.elapsed(),
      cached: false,
      notes: [],
    };
    this.steps.push(step);
    return {
      note: (message) => {
        if (step.notes.length < 20) step.notes.push(message);
      },
      end: ({ cached = false, failed }) => {
        step.end = this.elapsed();
        step.cached = cached;
        if (failed !== undefined) step.failed = failed;
      },
      milliseconds: () => (step.end ?? this.elapsed()) - step.start,
    };
  }

  elapsed(): number {
    return Math.round(this.#now() - this.#zero);
  }
}
