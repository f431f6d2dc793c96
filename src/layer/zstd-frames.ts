import { LayerError } from './layer-error.ts';

/**
 * Cuts a zstd stream into its frames, because Node's decompressor stops at the end of the first: parallel compressors
 * (ours too) write many. Only lengths are read: frame header, then 3 bytes before each block. RFC 8878, 3.1.1.
 *
 * Blocks are smaller than the chunks of the source, so nothing is cut at them: `pass` only notes how far the frame goes,
 * and what was passed is handed out chunk by chunk.
 */
export async function* zstdFrames(
  source: AsyncIterable<Buffer>,
  where: string,
): AsyncGenerator<AsyncGenerator<Buffer>> {
  const input = new Input(source, where);
  while (!(await input.isOver())) {
    const magic = (await input.look(4)).readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      input.pass(8 + (await input.look(8)).readUInt32LE(4));
      for await (const _ of input.passed());
    } else if (magic === 0xfd2fb528) {
      yield frame(input);
    } else {
      throw new LayerError('bad-compression', `${where}: damaged zstd data: something else follows behind a frame`);
    }
  }
}

async function* frame(input: Input): AsyncGenerator<Buffer> {
  const descriptor = (await input.look(5))[4]!;
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSize = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6]!;
  const dictionary = [0, 1, 2, 4][descriptor & 3]!;
  input.pass(5 + (isSingleSegment ? 0 : 1) + dictionary + contentSize);
  for (;;) {
    if (!input.isNear(3)) yield* input.passed();
    const block = (await input.look(3)).readUIntLE(0, 3);
    const isRepeated = ((block >> 1) & 3) === 1;
    input.pass(3 + (isRepeated ? 1 : block >> 3));
    if ((block & 1) === 1) break;
  }
  if ((descriptor & 4) !== 0) input.pass(4);
  yield* input.passed();
}

/** One chunk of a stream at a time, and how far it was passed. */
class Input {
  readonly #source: AsyncIterator<Buffer>;
  readonly #where: string;
  #chunk: Buffer = Buffer.alloc(0);
  /** In the chunk; beyond its end when more was passed than is here. */
  #at = 0;

  constructor(source: AsyncIterable<Buffer>, where: string) {
    this.#source = source[Symbol.asyncIterator]();
    this.#where = where;
  }

  /** Whether nothing is left. Only between frames. */
  async isOver(): Promise<boolean> {
    while (this.#chunk.length === 0) {
      const next = await this.#source.next();
      if (next.done) return true;
      this.#chunk = next.value;
    }
    return false;
  }

  /** Whether the next `size` bytes are in this chunk. */
  isNear(size: number): boolean {
    return this.#at + size <= this.#chunk.length;
  }

  /** The next bytes, `size` at least. What was passed must be handed out before, unless they are near. */
  async look(size: number): Promise<Buffer> {
    while (!this.isNear(size)) {
      const next = await this.#source.next();
      if (next.done) throw this.#truncated();
      this.#chunk = this.#chunk.length === 0 ? next.value : Buffer.concat([this.#chunk, next.value]);
    }
    return this.#chunk.subarray(this.#at);
  }

  pass(size: number): void {
    this.#at += size;
  }

  /** Hands out everything that was passed. */
  async *passed(): AsyncGenerator<Buffer> {
    while (this.#at > 0) {
      if (await this.isOver()) throw this.#truncated();
      const part = this.#chunk.subarray(0, this.#at);
      this.#chunk = this.#chunk.subarray(part.length);
      this.#at -= part.length;
      yield part;
    }
  }

  #truncated(): LayerError {
    return new LayerError('bad-compression', `${this.#where}: damaged zstd data: it ends inside a frame`);
  }
}
