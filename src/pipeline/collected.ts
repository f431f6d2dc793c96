import { Writable } from 'node:stream';

/** Keeps the last part of what is written: output of a program that a caller did not ask to stream. */
export class Collected extends Writable {
  static readonly most = 16 * 1024 * 1024;
  #chunks: Buffer[] = [];
  #size = 0;

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    while (this.#size - this.#chunks[0]!.length >= Collected.most) this.#size -= this.#chunks.shift()!.length;
    done();
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8');
  }
}
