import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { HelperError, type HelperReport } from './helper-error.ts';
import { encodeRecords, type HelperRecord } from './helper-records.ts';
import { ReportQueue } from './helper-reports.ts';

export { HelperError, type HelperReport } from './helper-error.ts';
export { type Arg, encodeRecords, type HelperRecord, nameBytes } from './helper-records.ts';

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

/** Modes that end by themselves, and take their container with them, when the control stream ends. */
const watchControl = new Set(['run', 'exec', 'monitor', 'mount']);

/** How long a helper whose control stream was closed may take to kill and clean up before it is killed itself. */
const graceMs = 10_000;

/** Spawns the native helper; the only place that does. `binary` is its path. */
export class Helper {
  readonly binary: string;

  constructor(binary: string) {
    this.binary = binary;
  }

  spawn(mode: string, records: Iterable<HelperRecord>, options: SpawnOptions): HelperProcess {
    options.signal?.throwIfAborted();
    const config = encodeRecords(records);
    const extra = options.extraFds ?? [];
    // After the preserved descriptors: config and control go there on one, reports come back on the other. Two, because
    // a control line to a helper that is just ending breaks its stream, and must not take the last reports with it.
    const { sockets = 0 } = options;
    const first = 3 + extra.length + sockets;
    const control = String(first);
    const report = String(first + 1);
    const { stdin, stdout, stderr } = options.stdio;
    const stdio: StdioOptions = [stdin, stdout, stderr].map((s) => (s === 'null' ? 'ignore' : s));
    stdio.push(...extra, ...Array.from({ length: sockets }, () => 'pipe' as const), 'pipe', 'pipe');
    let child: ChildProcess;
    try {
      child = spawn(this.binary, [mode, '--config', control, '--report', report, '--control', control], {
        stdio,
        env: options.env ?? {},
        cwd: options.cwd,
        // Its own session: Ctrl-C reaches us alone, and we decide what the container hears of it.
        detached: true,
      });
    } catch (error) {
      throw HelperError.spawning(this.binary, error);
    }
    const channels = child.stdio.slice(3 + extra.length) as unknown as Socket[];
    const [controls, reports] = channels.splice(sockets) as [Socket, Socket];
    if (options.background) for (const part of [child, controls, reports, ...channels]) part.unref();
    return new Process(this.binary, mode, child, [controls, reports], channels, config, options);
  }
}

class Process implements HelperProcess {
  readonly reports: AsyncIterable<HelperReport>;
  readonly sockets: readonly Socket[];
  readonly exited: Promise<HelperExit>;
  readonly #mode: string;
  readonly #binary: string;
  readonly #child: ChildProcess;
  readonly #control: Socket;
  readonly #reports: Socket;
  #error: HelperError | undefined;
  #started = false;
  #exit: HelperExit | undefined;

  constructor(
    binary: string,
    mode: string,
    child: ChildProcess,
    [control, reports]: readonly [Socket, Socket],
    sockets: readonly Socket[],
    config: Buffer,
    options: SpawnOptions,
  ) {
    this.#binary = binary;
    this.#mode = mode;
    this.#child = child;
    this.#control = control;
    this.#reports = reports;
    this.sockets = sockets;
    const queue = new ReportQueue(reports, (report) => {
      if (report.event === 'error' && report.index === undefined)
        this.#error = HelperError.reported(mode, report, binary);
      if (report.event === 'exec-failed') this.#error = HelperError.execFailed(report);
      if (report.event === 'started') this.#started = true;
      options.onReport?.(report);
      return options.onReport === undefined;
    });
    this.reports = queue;
    const abort = (): void => this.#abort();
    options.signal?.addEventListener('abort', abort, { once: true });
    this.exited = new Promise<HelperExit>((resolve, reject) => {
      child.once('error', (error) => {
        if (child.pid === undefined) reject(HelperError.spawning(binary, error));
      });
      child.once('exit', (code, signal) => {
        options.signal?.removeEventListener('abort', abort);
        const exit = { code, signal };
        queue.ended.then(() => {
          this.#exit = exit;
          resolve(exit);
        });
      });
    });
    // Somebody may look at `reports` only; a failed spawn must not become an unhandled rejection then.
    this.exited.catch((error) => queue.fail(error));
    // A helper that refuses its config closes early (EPIPE); its error report says why.
    control.on('error', () => {});
    reports.on('error', () => {});
    control.write(config);
    // Nothing comes back here, but an end that is never read would keep the stream open.
    control.resume();
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get stdin(): Writable | undefined {
    return this.#child.stdin ?? undefined;
  }

  get stdout(): Readable | undefined {
    return this.#child.stdout ?? undefined;
  }

  get stderr(): Readable | undefined {
    return this.#child.stderr ?? undefined;
  }

  control(line: string): void {
    if (this.#control.writable) this.#control.write(`${line}\n`);
  }

  release(): void {
    // From now on somebody may wait for its end, also of one that was in the background.
    this.#child.ref();
    this.#reports.ref();
    this.#control.end();
  }

  failure(): HelperError | undefined {
    if (this.#error !== undefined) return this.#error;
    if (this.#exit === undefined || this.#started || this.#exit.code === 0) return undefined;
    return HelperError.unexplained(this.#mode, this.#exit);
  }

  async finished(): Promise<HelperExit> {
    const exit = await this.exited;
    const error = this.failure();
    if (error !== undefined) throw error;
    return exit;
  }

  #abort(): void {
    if (!watchControl.has(this.#mode)) {
      this.#child.kill('SIGKILL');
      return;
    }
    this.release();
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs);
    timer.unref();
    this.#child.once('exit', () => clearTimeout(timer));
  }

  toString(): string {
    return `${this.#binary} ${this.#mode} (pid ${this.pid})`;
  }
}
