import { ArchiveError } from './archive-error.ts';

/** Reads a stream of chunks in portions of one's own choice; holds one chunk at most, but for what `read` is asked for. */
export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** `count` bytes, fewer only at the end of the stream. */
  async read(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let missing = count;
    while (missing > 0) {
      const part = await this.some(missing);
      if (part === undefined) break;
      parts.push(part);
      missing -= part.byteLength;
    }
    return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
  }

  /** At least one and at most `max` bytes, undefined at the end. */
  async some(max: number): Promise<Buffer | undefined> {
    while (this.#chunk.byteLength === 0) {
      const { value, done } = await this.#source.next();
      if (done) return undefined;
      this.#chunk = value;
    }
    const part = this.#chunk.subarray(0, max);
    this.#chunk = this.#chunk.subarray(part.byteLength);
    return part;
  }

  async skip(count: number, where: string): Promise<void> {
    for (let left = count; left > 0; ) {
      const part = await this.some(left);
      if (part === undefined) throw new ArchiveError('truncated-archive', `${where}: ends ${left} bytes early`);
      left -= part.byteLength;
    }
  }

  async drain(): Promise<void> {
    while ((await this.some(Number.MAX_SAFE_INTEGER)) !== undefined);
  }
}
