/** Longest line that is kept, in characters: a progress bar may never end its line. */
const LONGEST = 2000;

/** Keeps the last lines of a program's output for the error message. */
export class LastLines {
  readonly #count: number;
  readonly #lines: string[] = [];
  #open = '';

  constructor(count: number) {
    this.#count = count;
  }

  add(chunk: Uint8Array): void {
    const text = this.#open + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString();
    const lines = text.split('\n');
    this.#open = lines.pop()!.slice(-LONGEST);
    for (const line of lines.slice(-this.#count)) this.#push(line);
  }

  lines(): string[] {
    const all = this.#open === '' ? [...this.#lines] : [...this.#lines, this.#open];
    return all.map((line) => line.replace(/\r$/, '').split('\r').at(-1)!).slice(-this.#count);
  }

  #push(line: string): void {
    this.#lines.push(line.slice(-LONGEST));
    if (this.#lines.length > this.#count) this.#lines.shift();
  }
}
