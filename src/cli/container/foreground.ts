import { PassThrough } from 'node:stream';
import type { DetachKeys } from '../../container/detach-keys.ts';
import type { ExitReport } from '../../reports.ts';
import type { ProcessIo, Running } from '../../runtime/runtime-types.ts';
import type { Terminal } from '../command.ts';
import { EXIT } from '../exit-code.ts';

export interface ForegroundOptions {
  tty: boolean;
  interactive: boolean;
  /** Hand signals on to the container; default true. */
  sigProxy?: boolean;
  /** Streams that are connected; default all. */
  attach?: readonly string[];
}

/** Streams of a process that can be left running, by keys that are typed. */
export interface DetachableStreams {
  io: ProcessIo;
  /** Resolves when the keys were typed. */
  detached: Promise<void>;
  /** Gives the terminal's input back. */
  stop(): void;
}

/** As `processIo` with a terminal's input, which passes through here so that the keys are seen. */
export function detachableIo(io: Terminal, options: ForegroundOptions, keys: DetachKeys): DetachableStreams {
  const typed = new PassThrough();
  const { promise, resolve } = Promise.withResolvers<void>();
  const onData = (chunk: Buffer): void => {
    const { bytes, detached } = keys.pass(chunk);
    if (bytes.length > 0) typed.write(bytes);
    if (detached) resolve();
  };
  const onEnd = (): void => void typed.end();
  io.stdin.on('data', onData).on('end', onEnd);
  return {
    io: { ...processIo(io, options), stdin: typed },
    detached: promise,
    stop: () => {
      io.stdin.off('data', onData).off('end', onEnd);
      io.stdin.pause();
    },
  };
}

/** How often Ctrl-C may be pressed before a container that does not listen is killed. */
const PATIENCE = 3;

/** The user's streams as a process's. Descriptors that are the user's own are handed to the helper; nothing passes through here then. */
export function processIo(io: Terminal, options: ForegroundOptions): ProcessIo {
  const wants = (name: string): boolean => options.attach === undefined || options.attach.includes(name);
  const own = io.inheritable;
  return {
    stdin: options.interactive && wants('stdin') ? (own ? 'relay' : io.stdin) : 'null',
    stdout: wants('stdout') ? (own ? 'relay' : io.stdout) : 'null',
    stderr: wants('stderr') ? (own ? 'relay' : io.stderr) : 'null',
    ...(options.tty ? { terminal: io.size() } : {}),
  };
}

/**
 * Follows a process that holds the user's terminal until it ends: raw mode, sizes, signals. `start` makes it; raw mode
 * is on before, so that what is typed early is not echoed twice. Undefined when it was left running, by `detached`.
 */
export async function followForeground(
  io: Terminal,
  options: ForegroundOptions,
  start: () => Promise<Running>,
): Promise<ExitReport>;
export async function followForeground(
  io: Terminal,
  options: ForegroundOptions,
  start: () => Promise<Running>,
  detached: Promise<void> | undefined,
): Promise<ExitReport | undefined>;
export async function followForeground(
  io: Terminal,
  options: ForegroundOptions,
  start: () => Promise<Running>,
  detached?: Promise<void>,
): Promise<ExitReport | undefined> {
  const raw = options.tty && options.interactive && io.isTerminal.stdin;
  const undo: (() => void)[] = [];
  if (raw) {
    io.setRawMode(true);
    undo.push(() => io.setRawMode(false));
  }
  try {
    let interrupts = 0;
    let running: Running | undefined;
    const early: NodeJS.Signals[] = [];
    if (options.sigProxy !== false) {
      undo.push(
        io.onSignal((signal) => {
          if (running === undefined) early.push(signal);
          else if ((signal === 'SIGINT' || signal === 'SIGTERM') && ++interrupts >= PATIENCE) running.kill('SIGKILL');
          else running.kill(signal);
        }),
      );
    }
    running = await start();
    for (const signal of early) running.kill(signal);
    if (options.tty) {
      const process = running;
      undo.push(
        io.onResize(() => {
          const { rows, columns } = io.size();
          process.resize(rows, columns);
        }),
      );
    }
    await running.started;
    // As a program without a container would end by its next write; a container's first process hears no SIGPIPE.
    let lost: string | undefined;
    void running.outputLost.then((why) => {
      lost = why;
      running.kill('SIGKILL');
    });
    const leave = detached?.then(() => running.leave());
    const exit = await (leave === undefined ? running.exit : Promise.race([running.exit, leave.then(() => undefined)]));
    if (exit === undefined || lost === undefined) return exit;
    if (lost !== 'EPIPE') io.stderr.write(`error: standard output cannot be written: ${lost}\n`);
    return { ...exit, exitCode: lost === 'EPIPE' ? EXIT.brokenPipe : EXIT.inputOutput };
  } finally {
    for (const step of undo.reverse()) step();
  }
}
