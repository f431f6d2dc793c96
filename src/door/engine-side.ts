import { Readable, Writable } from 'node:stream';
import type { DoorMessage, EngineMessage, EngineRequest } from './engine-request.ts';
import { encodeControl, encodeFrame, FRAME, FrameError, readFrames } from './frames.ts';

/** Bytes of one frame of output. */
const LONGEST = 1024 * 1024;

/** The engine's end of the channel: streams that reach the user through the door. */
export interface EngineSide {
  request: EngineRequest;
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  size(): { columns: number; rows: number };
  onResize(listener: () => void): () => void;
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
  say(message: EngineMessage): void;
  /** Resolves when the door is gone: everything must be torn down. */
  gone: Promise<void>;
  /** Waits until what was said has left this process. */
  flush(): Promise<void>;
}

/** Takes the request from `input` and makes the streams. Fails when what comes is no door's. */
export async function acceptDoor(input: Readable, output: Writable): Promise<EngineSide> {
  const frames = readFrames(input);
  const first = await frames.next();
  if (first.done || first.value.kind !== FRAME.control) {
    throw new FrameError('bad-frame', 'this command is started by containerize itself, not by hand');
  }
  const request = JSON.parse(first.value.payload.toString('utf8')) as EngineRequest;
  const resizeListeners = new Set<() => void>();
  const signalListeners = new Set<(signal: NodeJS.Signals) => void>();
  let size = request.size;
  const say = (message: EngineMessage): void => {
    output.write(encodeControl(message));
  };
  const stdin = new Readable({ read: () => say({ wantStdin: true }) });
  const toDoor = (kind: number): Writable =>
    new Writable({
      decodeStrings: true,
      write: (chunk: Buffer, _encoding, done) => {
        // a report of an engine may be larger than a frame
        for (let at = 0; at < chunk.length - LONGEST; at += LONGEST)
          output.write(encodeFrame(kind, chunk.subarray(at, at + LONGEST)));
        const rest = chunk.length === 0 ? 0 : (Math.ceil(chunk.length / LONGEST) - 1) * LONGEST;
        output.write(encodeFrame(kind, chunk.subarray(rest)), () => done());
      },
    });
  // the door may die at any time: the end of its frames is heard, a broken pipe is not news
  output.on('error', () => {});
  const listen = async (): Promise<void> => {
    for await (const { kind, payload } of frames) {
      if (kind === FRAME.stdin) stdin.push(payload.length === 0 ? null : payload);
      else if (kind === FRAME.control) {
        const message = JSON.parse(payload.toString('utf8')) as DoorMessage;
        if ('signal' in message) for (const listener of [...signalListeners]) listener(message.signal);
        else {
          size = message.resize;
          for (const listener of [...resizeListeners]) listener();
        }
      }
    }
  };
  const register = <T>(set: Set<T>, listener: T): (() => void) => {
    set.add(listener);
    return () => set.delete(listener);
  };
  return {
    request,
    stdin,
    stdout: toDoor(FRAME.stdout),
    stderr: toDoor(FRAME.stderr),
    size: () => size,
    onResize: (listener) => register(resizeListeners, listener),
    onSignal: (listener) => register(signalListeners, listener),
    say,
    gone: listen().catch(() => {}),
    flush: () => new Promise<void>((resolve) => output.write(new Uint8Array(0), () => resolve())),
  };
}
