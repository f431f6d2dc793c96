import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';
import { codeOf } from '../errors.ts';
import type { DoorMessage, EngineMessage, EngineRequest } from './engine-request.ts';
import { encodeControl, encodeFrame, FRAME, readFrames } from './frames.ts';

/** The user's side of an engine: what a door lends it. */
export interface DoorTerminal {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  onResize(listener: () => void): () => void;
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
  setRawMode(on: boolean): void;
  size(): { columns: number; rows: number };
}

/** How an engine ended, or why it never worked. */
export type EngineOutcome = { exit: number } | { refused: string };

/** Longest that a program between us and the engine (sudo asking PAM and a directory server) may take to let it say hello. */
const HELLO_MS = 30_000;

/** Their exit code is that of a program in a pipe: 128 and SIGPIPE when nobody reads it any more. */
const CONTAINER_COMMANDS = new Set(['run', 'exec']);
const BROKEN_PIPE = 141;

/** A process that is to become our engine: its three pipes, and its end. */
export interface EngineChannel {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  /** Rejects when the program could not be started. */
  closed: Promise<{ code: number | null; signal: string | null }>;
  kill(): void;
}

/** Starts a program (sudo) that ends up running our own `engine` command. */
export function spawnEngine(command: readonly string[]): EngineChannel {
  const [program, ...args] = command;
  // its own session: Ctrl-C reaches us alone, and we tell the engine
  const child = spawn(program!, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
  const closed = new Promise<{ code: number | null; signal: string | null }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, closed, kill: () => child.kill('SIGKILL') };
}

/**
 * Hands the engine its request and relays until it ends. Descriptors 0 to 2 are the only channel; when we die, the
 * engine sees the end of its stdin and tears everything down. Refused means: it was not started, or it has no more
 * privileges than we do; nothing was done yet, and the next way can be tried.
 */
export async function runEngine(
  child: EngineChannel,
  request: EngineRequest,
  io: DoorTerminal,
  onHello?: () => void,
): Promise<EngineOutcome> {
  const closed = child.closed.catch((error: Error) => ({ code: null, signal: null, error: error.message }));
  // an engine that is gone closes its pipe; its last frames tell the story
  child.stdin.on('error', () => {});
  child.stdin.write(encodeControl(request));
  let greeted = false;
  const beforeHello: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => {
    if (greeted) io.stderr.write(chunk);
    else if (beforeHello.length < 50) beforeHello.push(chunk);
  });
  const timer = setTimeout(() => child.kill(), HELLO_MS);
  const undo: (() => unknown)[] = [() => clearTimeout(timer)];
  const say = (message: DoorMessage): void => {
    if (child.stdin.writable) child.stdin.write(encodeControl(message));
  };
  undo.push(io.onSignal((signal) => say({ signal })));
  undo.push(io.onResize(() => say({ resize: io.size() })));
  const feed = feeder(io, child.stdin);
  let exit: number | undefined;
  let refusal: string | undefined;
  let lost: unknown;
  try {
    for await (const { kind, payload } of readFrames(child.stdout)) {
      if (kind === FRAME.stdout) await write(io.stdout, payload);
      else if (kind === FRAME.stderr) await write(io.stderr, payload);
      else if (kind === FRAME.control) {
        const message = JSON.parse(payload.toString('utf8')) as EngineMessage;
        if ('hello' in message) {
          clearTimeout(timer);
          refusal = message.refusal;
          if (refusal !== undefined) break;
          greeted = true;
          onHello?.();
          for (const chunk of beforeHello) io.stderr.write(chunk);
        } else if ('wantStdin' in message) feed.want();
        else if ('rawMode' in message) io.setRawMode(message.rawMode);
        else exit = message.exit;
      }
    }
  } catch (error) {
    // once it works nothing may be begun again in another way; a reader of ours that left ends it
    if (!greeted) throw error;
    lost = error;
  } finally {
    feed.stop();
    for (const step of undo) step();
    child.stdin.destroy();
  }
  const end = await closed;
  if (lost !== undefined) {
    if (codeOf(lost) === 'EPIPE') return { exit: CONTAINER_COMMANDS.has(request.words[0] ?? '') ? BROKEN_PIPE : 0 };
    throw lost;
  }
  if ('error' in end) return { refused: end.error };
  const how = end.signal ?? `exit code ${end.code}`;
  if (exit !== undefined) return { exit };
  if (refusal !== undefined) return { refused: refusal };
  const said = Buffer.concat(beforeHello).toString('utf8').trim();
  if (!greeted) return { refused: said === '' ? `it ended with ${how}` : said };
  io.stderr.write(`error: the engine ended with ${how} before its work was done\n`);
  return { exit: 1 };
}

/** Reads the user's stdin only when the engine asks: what a command does not read stays for the next one. */
function feeder(io: DoorTerminal, engine: Writable): { want(): void; stop(): void } {
  let begun = false;
  const onData = (chunk: Buffer): void => {
    io.stdin.pause();
    engine.write(encodeFrame(FRAME.stdin, chunk));
  };
  const onEnd = (): void => {
    if (engine.writable) engine.write(encodeFrame(FRAME.stdin, new Uint8Array(0)));
  };
  return {
    want() {
      if (!begun) {
        begun = true;
        io.stdin.on('data', onData).on('end', onEnd).on('error', onEnd);
      }
      io.stdin.resume();
    },
    stop() {
      if (!begun) return;
      io.stdin.off('data', onData).off('end', onEnd).off('error', onEnd);
      io.stdin.pause();
    },
  };
}

async function write(stream: Writable, bytes: Buffer): Promise<void> {
  if (!stream.write(bytes)) await once(stream, 'drain');
}
