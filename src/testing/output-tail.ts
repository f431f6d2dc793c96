import { Writable } from 'node:stream';

const LINES = 60;
/** Bytes of one line: a test that writes no line ends must not fill the memory. */
const LONGEST = 4096;

/** The last lines of what several streams write; each chunk is handed on as well. */
export class OutputTail {
  readonly #lines: string[] = [];
  #rest = '';
  readonly #onChunk: (stream: 'stdout' | 'stderr', chunk: Buffer) => void;

  constructor(onChunk: (stream: 'stdout' | 'stderr', chunk: Buffer) => void) {
    this.#onChunk = onChunk;
  }

  /** A sink for one of the streams. */
  sink(stream: 'stdout' | 'stderr'): Writable {
    const decoder = new TextDecoder();
    return new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#onChunk(stream, chunk);
        this.#add(decoder.decode(chunk, { stream: true }));
        done();
      },
    });
  }

  lines(): string[] {
    return this.#rest === '' ? [...this.#lines] : [...this.#lines, this.#rest].slice(-LINES);
  }

  #add(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop()!.slice(-LONGEST);
    for (const line of lines.slice(-LINES)) this.#lines.push(line.replace(/\r$/, '').slice(0, LONGEST));
    this.#lines.splice(0, this.#lines.length - LINES);
  }
}
