import { Writable } from 'node:stream';

const LINES = 60;
/** Bytes of one line: a test that writes no line ends must not fill the memory. */
const LONGEST = 4096;

/** The last lines of what several streams write; each chunk is handed on as well. */
export class OutputTail {
  readonly #lines: string[] = [];
  /** Lines without an end: those of one stream are not another's. */
  readonly #open = new Map<'stdout' | 'stderr', string>();
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
        this.#add(stream, decoder.decode(chunk, { stream: true }));
        done();
      },
      final: (done) => {
        this.#add(stream, decoder.decode());
        done();
      },
    });
  }

  lines(): string[] {
    return [...this.#lines, ...[...this.#open.values()].filter((line) => line !== '')].slice(-LINES);
  }

  #add(stream: 'stdout' | 'stderr', text: string): void {
    const lines = `${this.#open.get(stream) ?? ''}${text}`.split('\n');
    this.#open.set(stream, lines.pop()!.slice(-LONGEST));
    for (const line of lines.slice(-LINES)) this.#lines.push(line.replace(/\r$/, '').slice(0, LONGEST));
    this.#lines.splice(0, this.#lines.length - LINES);
  }
}
