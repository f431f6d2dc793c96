import type { Readable } from 'node:stream';
import type { HelperReport } from './helper-error.ts';

/** Above this many reports that nobody has read, the helper waits. */
const highWater = 4096;

/**
 * The helper's report lines, decoded. `hear` is called for each at once and says whether it is also kept for the
 * iterator.
 */
export class ReportQueue implements AsyncIterable<HelperReport> {
  /** Resolves when the helper has closed its end. */
  readonly ended: Promise<void>;
  readonly #source: Readable;
  #waiting: HelperReport[] = [];
  #wake: (() => void) | undefined;
  #isOver = false;
  #failure: unknown;

  constructor(source: Readable, hear: (report: HelperReport) => boolean) {
    this.#source = source;
    let rest: Buffer[] = [];
    const take = (line: string): void => {
      if (line === '') return;
      const report = parse(line);
      if (hear(report)) {
        this.#waiting.push(report);
        if (this.#waiting.length >= highWater) source.pause();
      }
    };
    source.on('data', (chunk: Buffer) => {
      let start = 0;
      for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, start)) {
        const part = chunk.subarray(start, at);
        take((rest.length === 0 ? part : Buffer.concat([...rest, part])).toString('utf8'));
        rest = [];
        start = at + 1;
      }
      if (start < chunk.length) rest.push(chunk.subarray(start));
      this.#wake?.();
    });
    this.ended = new Promise((resolve) => {
      source.once('close', () => {
        this.#isOver = true;
        this.#wake?.();
        resolve();
      });
    });
  }

  /** Ends the iteration with an error. */
  fail(error: unknown): void {
    this.#failure = error;
    this.#isOver = true;
    this.#wake?.();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<HelperReport, void, undefined> {
    for (;;) {
      const batch = this.#waiting;
      this.#waiting = [];
      yield* batch;
      if (this.#waiting.length > 0) continue;
      if (this.#failure !== undefined) throw this.#failure;
      if (this.#isOver) return;
      this.#source.resume();
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }
}

function parse(line: string): HelperReport {
  try {
    const report: unknown = JSON.parse(line);
    if (typeof report === 'object' && report !== null && 'event' in report) return report as HelperReport;
  } catch {
    // Said below: what is not JSON is shown as it is.
  }
  return { event: 'note', message: `unreadable report: ${line.slice(0, 200)}` };
}
