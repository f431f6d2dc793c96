import type { JobReport } from './job.ts';

/** Longest time that what is finished may wait, in milliseconds. */
const PAUSE_MS = 250;

/**
 * Hands on what is finished. Reports of several images grow with each of their steps, and each is told whole: the latest goes
 * out now and then, so that many images do not make it many times as much.
 */
export class Parts {
  readonly #emit: (report: JobReport) => void;
  #waiting: JobReport | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(emit: (report: JobReport) => void) {
    this.#emit = emit;
  }

  add(report: JobReport): void {
    this.#waiting = report;
    if (report.images === undefined) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), PAUSE_MS);
  }

  /** Nothing waits afterwards: to be called before an error is told. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const report = this.#waiting;
    this.#waiting = undefined;
    if (report !== undefined) this.#emit(report);
  }
}
