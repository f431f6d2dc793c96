import type { Readable } from 'node:stream';
import { ContainerizeError } from '../errors.ts';

/**
 * What passes between the door and its engine, on two plain pipes: `u8 kind, u32le length, payload`.
 * Only descriptors 0 to 2 get through sudo, so everything shares them.
 */
export const FRAME = {
  /** JSON. Door → engine: the request, first of all. Engine → door: hello, then changes of the terminal, then the exit code. */
  control: 0,
  /** Engine → door: bytes for the user's stdout. */
  stdout: 1,
  /** Engine → door: bytes for the user's stderr. */
  stderr: 2,
  /** Door → engine: bytes of the user's stdin; an empty one is its end. */
  stdin: 3,
} as const;

export class FrameError extends ContainerizeError<'bad-frame'> {}

const HEADER = 5;
const MAX_PAYLOAD = 64 * 1024 * 1024;

export function encodeFrame(kind: number, payload: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER + payload.length);
  frame[0] = kind;
  frame.writeUInt32LE(payload.length, 1);
  frame.set(payload, HEADER);
  return frame;
}

export function encodeControl(message: object): Buffer {
  return encodeFrame(FRAME.control, Buffer.from(JSON.stringify(message)));
}

/** Frames in order until the stream ends. What is left of an unfinished one at the end is dropped: its sender died. */
export async function* readFrames(
  stream: Readable,
): AsyncGenerator<{ kind: number; payload: Buffer }, void, undefined> {
  let parts: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    parts.push(chunk);
    length += chunk.length;
    while (length >= HEADER) {
      const all: Buffer = parts.length === 1 ? parts[0]! : Buffer.concat(parts, length);
      parts = [all];
      const size = all.readUInt32LE(1);
      if (size > MAX_PAYLOAD || all[0]! > 3) {
        throw new FrameError(
          'bad-frame',
          `the engine's channel carries something else: ${JSON.stringify(all.toString('latin1', 0, 80))}`,
        );
      }
      if (length < HEADER + size) break;
      yield { kind: all[0]!, payload: all.subarray(HEADER, HEADER + size) };
      parts = [all.subarray(HEADER + size)];
      length -= HEADER + size;
    }
  }
}
