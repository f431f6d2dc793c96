import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import type { HelperExit, HelperProcess, HelperRecord, SpawnOptions } from './helper.ts';
import { HelperError, type HelperReport } from './helper-error.ts';
import { encodeRecords } from './helper-records.ts';
import { ReportQueue } from './helper-reports.ts';

/** One of the ways into a helper that serves (native/serve.c): carries out one list of records at a time. */
export class Lane {
  readonly binary: string;
  readonly reports: Socket;
  readonly output: Socket;
  readonly #kill: () => void;
  #work: LaneWork | undefined;
  #isBroken = false;
  #why: Promise<HelperError | undefined> = Promise.resolve(undefined);

  /** `kill` ends what it is at; `lost` hears that the helper's end is gone, and tells why as soon as that is known. */
  constructor(
    binary: string,
    reports: Socket,
    output: Socket,
    kill: () => void,
    lost: () => Promise<HelperError | undefined>,
  ) {
    this.binary = binary;
    this.reports = reports;
    this.output = output;
    this.#kill = kill;
    reports.on('data', (chunk: Buffer) => this.#work?.takeReports(chunk));
    output.on('data', (chunk: Buffer) => this.#work?.takeOutput(chunk));
    for (const socket of [reports, output]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        if (!this.#isBroken) this.#why = lost();
        this.#isBroken = true;
        const work = this.#work;
        if (work !== undefined) void this.#why.then((why) => work.lost(why));
      });
    }
  }

  get isFree(): boolean {
    return this.#work === undefined && !this.#isBroken;
  }

  run(mode: string, records: Iterable<HelperRecord>, options: SpawnOptions): HelperProcess {
    const config = encodeRecords([['mode', mode], ...records]);
    this.reports.ref();
    this.#work = new LaneWork(this, mode, options, this.#kill, (isWhole) => {
      this.#work = undefined;
      this.reports.unref();
      // Some of its output may still be under way, and would be taken for that of the next.
      if (!isWhole) this.close();
    });
    this.reports.write(config);
    return this.#work;
  }

  close(): void {
    this.#isBroken = true;
    this.reports.destroy();
    this.output.destroy();
  }
}

/** What a lane is at: looks to its owner like a process of its own. */
class LaneWork implements HelperProcess {
  readonly pid = -1;
  readonly stdin = undefined;
  readonly stderr = undefined;
  readonly sockets = [];
  readonly stdout: Readable | undefined;
  readonly reports: ReportQueue;
  readonly exited: Promise<HelperExit>;
  readonly #lane: Lane;
  readonly #mode: string;
  readonly #lines: Readable;
  readonly #kill: () => void;
  readonly #done: (isWhole: boolean) => void;
  #leave = () => {};
  #resolve: (exit: HelperExit) => void = () => {};
  #exit: HelperExit | undefined;
  #error: HelperError | undefined;
  /** Bytes of output that came, and that the last report announced. */
  #came = 0;
  #announced = 0;

  constructor(
    lane: Lane,
    mode: string,
    { stdio, onReport, signal }: SpawnOptions,
    kill: () => void,
    done: (isWhole: boolean) => void,
  ) {
    this.#lane = lane;
    this.#mode = mode;
    this.#kill = kill;
    this.#done = done;
    this.exited = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    this.#lines = new Readable({ read: () => lane.reports.resume() });
    this.reports = new ReportQueue(this.#lines, (report) => {
      if (report.event === 'served') return this.#served(report);
      if (report.event === 'error' && report.index === undefined)
        this.#error = HelperError.reported(mode, report, lane.binary);
      if (report.event === 'diffed') this.#announced = Number(report.size);
      onReport?.(report);
      return onReport === undefined;
    });
    if (stdio.stdout === 'pipe') {
      this.stdout = new Readable({
        highWaterMark: 1 << 18,
        read: () => lane.output.resume(),
        destroy: (error, closed) => {
          if (this.#exit === undefined) this.#kill();
          // It may be waiting for somebody to read.
          lane.output.resume();
          closed(error);
        },
      });
    }
    const abort = (): void => {
      this.#kill();
      lane.output.resume();
    };
    signal?.addEventListener('abort', abort, { once: true });
    this.#leave = () => signal?.removeEventListener('abort', abort);
  }

  takeReports(chunk: Buffer): void {
    if (!this.#lines.push(chunk)) this.#lane.reports.pause();
  }

  takeOutput(chunk: Buffer): void {
    this.#came += chunk.byteLength;
    const output = this.stdout;
    if (output !== undefined && !output.destroyed && !output.push(chunk)) this.#lane.output.pause();
    this.#settle();
  }

  /** The helper itself is gone, or was told to go. */
  lost(why: HelperError | undefined): void {
    if (this.#exit === undefined) this.#error ??= why;
    if (this.#exit === undefined) this.#ended({ code: null, signal: 'SIGKILL' });
    else this.#settle(true);
  }

  #served(report: HelperReport): boolean {
    const number = Number(report.signal);
    this.#ended(number === 0 ? { code: Number(report.code), signal: null } : { code: null, signal: 'SIGKILL' });
    return false;
  }

  #ended(exit: HelperExit): void {
    this.#exit = exit;
    this.#leave();
    this.#lines.push(null);
    this.#resolve(exit);
    this.#settle(exit.code !== 0 && this.stdout !== undefined);
  }

  /** The lane is free when the end was told, and all of the output has come. */
  #settle(isLost = false): void {
    if (this.#exit === undefined) return;
    const isWhole = !isLost && this.#came === this.#announced;
    if (!isWhole && !isLost) return;
    if (this.stdout?.destroyed === false) this.stdout.push(null);
    this.#done(isWhole);
  }

  /** Served modes listen to nothing. */
  control(_line: string): void {}

  release(): void {
    if (this.#exit === undefined) this.#kill();
  }

  failure(): HelperError | undefined {
    if (this.#error !== undefined) return this.#error;
    if (this.#exit === undefined || this.#exit.code === 0) return undefined;
    return HelperError.unexplained(this.#mode, this.#exit);
  }

  async finished(): Promise<HelperExit> {
    const exit = await this.exited;
    const error = this.failure();
    if (error !== undefined) throw error;
    return exit;
  }

  toString(): string {
    return `${this.#lane.binary} ${this.#mode} (served)`;
  }
}
