import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { codeOf } from '../errors.ts';
import { ContainerError } from './container-error.ts';

/** Frames towards the monitor: docs/helper-protocol.md, attach-socket. */
const STDIN = 0;
const CONTROL = 1;
const STDIN_END = 2;
const HEADER = 5;

/** What a container writes, as it comes; a promise holds the next piece back until it is settled. */
export type OutputListener = (stream: 'stdout' | 'stderr', bytes: Buffer) => void | Promise<void>;

/** A connection to the monitor of a detached container. */
export class Attachment {
  /** Resolves when the container has ended, or we have left. */
  readonly ended: Promise<void>;
  readonly #socket: Socket;

  private constructor(socket: Socket, onOutput: OutputListener) {
    this.#socket = socket;
    this.ended = this.#read(onOutput);
  }

  static async open(path: string, onOutput: OutputListener): Promise<Attachment> {
    const socket = connect(path);
    try {
      await once(socket, 'connect');
    } catch (cause) {
      const gone = codeOf(cause) === 'ENOENT' || codeOf(cause) === 'ECONNREFUSED';
      throw new ContainerError(
        'attach-failed',
        gone ? 'nobody answers for this container any more' : `cannot connect to ${path}`,
        { cause },
      );
    }
    // the monitor may end at any time; the end of what it sends is what counts
    socket.on('error', () => {});
    return new Attachment(socket, onOutput);
  }

  /** False when the other side is slow: wait for `drained`. */
  write(bytes: Uint8Array): boolean {
    return this.#send(STDIN, bytes);
  }

  drained(listener: () => void): void {
    this.#socket.once('drain', listener);
  }

  endStdin(): void {
    this.#send(STDIN_END, new Uint8Array(0));
  }

  /** `signal 15`, `resize 24 80`. */
  control(line: string): void {
    this.#send(CONTROL, Buffer.from(line));
  }

  /** Leaves; the container goes on. */
  close(): void {
    this.#socket.destroy();
  }

  #send(kind: number, body: Uint8Array): boolean {
    if (this.#socket.destroyed) return true;
    const frame = Buffer.allocUnsafe(HEADER + body.length);
    frame[0] = kind;
    frame.writeUInt32LE(body.length, 1);
    frame.set(body, HEADER);
    return this.#socket.write(frame);
  }

  async #read(onOutput: OutputListener): Promise<void> {
    let rest: Buffer = Buffer.alloc(0);
    try {
      for await (const chunk of this.#socket as AsyncIterable<Buffer>) {
        rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
        while (rest.length >= HEADER) {
          const size = rest.readUInt32LE(1);
          if (rest.length < HEADER + size) break;
          await onOutput(rest[0] === 2 ? 'stderr' : 'stdout', rest.subarray(HEADER, HEADER + size));
          rest = rest.subarray(HEADER + size);
        }
      }
    } catch {
      // destroyed by close(), or reset by a monitor that was killed
    }
  }
}
