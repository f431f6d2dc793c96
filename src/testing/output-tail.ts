import { Writable } from 'node:stream';

const LINES = 60;
/** Bytes of one line: a test that writes no line ends must not fill the memory. */
const LONGEST = 4096;

/** Hears output; a promise asks to wait before the next chunk. */
type OnChunk = (stream: 'stdout' | 'stderr', chunk: Buffer) => Promise<void> | void;

/** The last lines of what several streams write; each chunk is handed on as well. */
export class OutputTail {
  readonly #lines: string[] = [];
  /** Lines without an end: those of one stream are not another's. */
  readonly #open = new Map<'stdout' | 'stderr', string>();
  readonly #sinks: Writable[] = [];
  readonly #onChunk: OnChunk;

  constructor(onChunk: OnChunk) {
    this.#onChunk = onChunk;
  }

  /** A sink for one of the streams. */
  sink(stream: 'stdout' | 'stderr'): Writable {
    const decoder = new TextDecoder();
    const sink = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        const room = this.#onChunk(stream, chunk);
        this.#add(stream, decoder.decode(chunk, { stream: true }));
        if (room === undefined) done();
        else void room.then(() => done());
      },
      final: (done) => {
        this.#add(stream, decoder.decode());
        done();
      },
    });
    this.#sinks.push(sink);
    return sink;
  }

  /** Ends the sinks, once all that was written to them has been heard. */
  async end(): Promise<void> {
    await Promise.all(this.#sinks.map((sink) => new Promise<void>((resolve) => sink.end(() => resolve()))));
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
