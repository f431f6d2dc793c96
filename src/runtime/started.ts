import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import type { ExitReport } from '../reports.ts';
import { errnoName } from './errno.ts';
import { RuntimeError } from './error.ts';
import {
  HelperError,
  type HelperProcess,
  type HelperRecord,
  type HelperReport,
  type HelperStdio,
  type StdioChoice,
} from './helper.ts';
import { rlimitName } from './rlimits.ts';
import type { ProcessIo, Running } from './runtime-types.ts';

const { errno } = constants;

/** What the helper's own 0, 1, 2 are, and the records that say what the container's are. */
export function ioPlan(io: ProcessIo): { stdio: HelperStdio; records: HelperRecord[] } {
  const choose = (end: ProcessIo['stdin'] | ProcessIo['stdout']): StdioChoice =>
    typeof end !== 'string' ? 'pipe' : end === 'relay' ? 'inherit' : end;
  const stdio = { stdin: choose(io.stdin), stdout: choose(io.stdout), stderr: choose(io.stderr) };
  if (io.terminal !== undefined) {
    const { rows, columns } = io.terminal;
    return {
      stdio,
      records: [
        ['stdio', 'pty'],
        ['console-size', rows, columns],
      ],
    };
  }
  const given = [io.stdin, io.stdout, io.stderr];
  // A descriptor of ours may be handed over as it is; a pipe of Node's is a socket, which /dev/stdout cannot open.
  if (given.every((end) => end === 'null' || end === 'inherit')) return { stdio, records: [['stdio', 'inherit']] };
  const records: HelperRecord[] = [['stdio', 'relay']];
  if (io.stdin === 'null' || io.stdin === 'inherit') records.push(['stdin', io.stdin]);
  return { stdio, records };
}

/** Joins the helper's pipes with the caller's streams. Resolves when all output has been handed over. */
export function connectStreams(helper: HelperProcess, io: ProcessIo): Promise<void> {
  if (typeof io.stdin !== 'string' && helper.stdin !== undefined) {
    const input = helper.stdin;
    // The container may end, or close its stdin, before everything was written.
    input.on('error', () => {});
    io.stdin.pipe(input);
    input.once('close', () => (io.stdin as Readable).unpipe(input));
  }
  const outputs: Promise<void>[] = [];
  const join = (from: Readable | undefined, to: ProcessIo['stdout']): void => {
    if (from === undefined || typeof to === 'string') return;
    outputs.push(
      new Promise((resolve) => {
        from.once('close', resolve);
        // Whoever reads has gone away: the output is thrown away, so that the container does not hang.
        to.once('error', () => from.resume());
        to.once('close', () => from.resume());
        from.pipe(to, { end: false });
      }),
    );
  };
  join(helper.stdout, io.stdout);
  if (io.terminal === undefined) join(helper.stderr, io.stderr);
  return Promise.all(outputs).then(() => {});
}

/** Why a container or process did not start, in the words of its user. */
export function startError(error: unknown, program: string): unknown {
  if (!(error instanceof HelperError)) return error;
  if (error.call === 'chdir' && error.errno === errno.ENOENT) {
    return new RuntimeError(
      'command-not-found',
      `working folder "${error.object}": no such file or directory in the container`,
      {
        cause: error,
      },
    );
  }
  const kinds = error.errno === errno.EINVAL || error.errno === errno.ENOTDIR;
  if (kinds && (error.call === 'move_mount' || error.call === 'mount') && error.object?.includes(' on ')) {
    return new RuntimeError('start-failed', `cannot mount ${error.object}: ${error.errnoName}`, {
      cause: error,
      hint: 'is one of the two a folder, and the other a file? One cannot mount a folder on a file, or a file on a folder',
    });
  }
  const resource = /^resource (\d+) /.exec(error.call === 'prlimit' ? (error.object ?? '') : '')?.[1];
  if (resource !== undefined) {
    const why = `the resource limit ${rlimitName(Number(resource))} cannot be set: ${error.errnoName}`;
    return new RuntimeError('limit-impossible', why, {
      cause: error,
      hint: 'it may not be above the hard limit that this command has itself: see ulimit -aH',
    });
  }
  if (error.code !== 'exec-failed') return error;
  const missing = error.errno === errno.ENOENT || error.errno === errno.ENOTDIR;
  // podman and dockerd know these phrases: they make 127 and 126 of them.
  if (missing && !program.includes('/')) {
    return new RuntimeError('command-not-found', `"${program}": executable file not found in the container's $PATH`, {
      cause: error,
    });
  }
  if (missing) {
    return new RuntimeError('command-not-found', `"${program}": no such file or directory in the container`, {
      cause: error,
      hint: 'or the interpreter or loader that it names is missing',
    });
  }
  const why = error.errno === errno.EACCES ? 'permission denied' : (error.errnoName ?? 'cannot be executed');
  const hint = error.errno === errno.ENOEXEC ? 'a program for another machine, or a script without #!' : undefined;
  return new RuntimeError('not-executable', `"${program}": cannot be executed: ${why}`, { cause: error, hint });
}

/** Follows a helper's reports from spawn to exit. */
export class StartedProcess implements Running {
  pid = -1;
  readonly started: Promise<void>;
  readonly exit: Promise<ExitReport>;
  readonly outputLost: Promise<string>;
  /** Resolves with the pid once there is one; rejects when the start failed before. */
  readonly created: Promise<number>;
  readonly #program: string;
  readonly #created = Promise.withResolvers<number>();
  readonly #started = Promise.withResolvers<void>();
  readonly #left = Promise.withResolvers<void>();
  readonly #lost = Promise.withResolvers<string>();
  readonly #exited = Promise.withResolvers<ExitReport>();
  #helper: HelperProcess | undefined;
  #report: ExitReport | undefined;

  constructor(program: string) {
    this.#program = program;
    this.created = this.#created.promise;
    this.started = this.#started.promise;
    this.exit = this.#exited.promise;
    this.outputLost = this.#lost.promise;
    // A caller may look at one of them only.
    for (const promise of [this.created, this.started, this.exit]) promise.catch(() => {});
  }

  /** Hand this to the helper as `onReport`. */
  hear(report: HelperReport): void {
    if (report.event === 'created') {
      this.pid = Number(report.pid);
      this.#created.resolve(this.pid);
    } else if (report.event === 'started') {
      if (this.pid < 0 && typeof report.pid === 'number') this.pid = report.pid;
      this.#created.resolve(this.pid);
      this.#started.resolve();
    } else if (report.event === 'output-lost') {
      if (report.stream === 1) this.#lost.resolve(errnoName(Number(report.errno)));
    } else if (report.event === 'left') {
      this.#left.resolve();
    } else if (report.event === 'exit') {
      this.#report = exitReport(report);
    }
  }

  /** Ties the helper to this; `output` resolves when its streams are drained. */
  follow(helper: HelperProcess, output: Promise<void>, signal: AbortSignal | undefined): void {
    this.#helper = helper;
    const fail = (error: unknown): void => {
      const reason = signal?.aborted ? abortError(signal) : startError(error, this.#program);
      this.#created.reject(reason);
      this.#started.reject(reason);
      this.#exited.reject(reason);
    };
    helper.exited.then(async (end) => {
      this.#left.resolve();
      await output;
      const failure = helper.failure();
      if (failure !== undefined && this.#report === undefined) return fail(failure);
      if (failure?.code === 'exec-failed') return fail(failure);
      if (this.#report !== undefined) {
        this.#started.resolve();
        this.#exited.resolve(this.#report);
        return;
      }
      fail(
        new RuntimeError(
          'start-failed',
          `the helper ended (${end.signal ?? `exit status ${end.code}`}) without telling how the container ended`,
        ),
      );
    }, fail);
  }

  kill(signal: NodeJS.Signals | number): void {
    this.#helper?.control(`signal ${signalNumber(signal)}`);
  }

  resize(rows: number, columns: number): void {
    this.#helper?.control(`resize ${rows} ${columns}`);
  }

  closeStdin(): void {
    this.#helper?.control('stdin-eof');
  }

  leave(): Promise<void> {
    this.#helper?.control('leave');
    return this.#left.promise;
  }

  /** A hook pause is over. */
  go(): void {
    this.#helper?.control('go');
  }

  /** Ends the control stream: the helper kills the container and cleans up. */
  release(): void {
    this.#helper?.release();
  }
}

function abortError(signal: AbortSignal): unknown {
  return signal.reason instanceof RuntimeError
    ? signal.reason
    : new RuntimeError('aborted', 'the container was stopped before it started', { cause: signal.reason });
}

function exitReport(report: HelperReport): ExitReport {
  const number = (name: string): number | undefined => (typeof report[name] === 'number' ? report[name] : undefined);
  const [signal, memoryPeak, cpuUsec] = [number('signal'), number('memoryPeak'), number('cpuUsec')];
  return {
    exitCode: number('exitCode') ?? 255,
    oomKilled: report.oomKilled === true,
    durationMs: number('durationMs') ?? 0,
    ...(signal !== undefined && { signal }),
    ...(memoryPeak !== undefined && { memoryPeak }),
    ...(cpuUsec !== undefined && { cpuUsec }),
  };
}

/** `SIGTERM`, `TERM`, `15` or 15 → 15. */
export function signalNumber(signal: string | number): number {
  if (typeof signal === 'number') return signal;
  if (/^\d{1,2}$/.test(signal)) return checkedSignal(Number(signal), signal);
  const upper = signal.toUpperCase();
  const name = upper.startsWith('SIG') ? upper : `SIG${upper}`;
  const realtime = /^SIGRTMIN(?:\+(\d{1,2}))?$/.exec(name) ?? /^SIGRTMAX(?:-(\d{1,2}))?$/.exec(name);
  if (realtime) {
    const offset = Number(realtime[1] ?? 0);
    return checkedSignal(name.startsWith('SIGRTMIN') ? 34 + offset : 64 - offset, signal);
  }
  const number = (constants.signals as Record<string, number>)[name];
  if (number === undefined) throw new RuntimeError('spec-invalid', `unknown signal "${signal}"`);
  return number;
}

function checkedSignal(number: number, word: string): number {
  if (number < 0 || number > 64) throw new RuntimeError('spec-invalid', `unknown signal "${word}": expected 0 to 64`);
  return number;
}
