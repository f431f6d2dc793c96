import type { SourceLocation } from '../errors.ts';
import type { Word } from './instruction.ts';

/** A text and its line starts, to turn offsets into lines and columns in logarithmic time. */
export class Source {
  readonly file: string;
  readonly text: string;
  /** Offsets of the first character of each line. */
  readonly lineStarts: readonly number[];

  constructor(file: string, text: string) {
    this.file = file;
    this.text = text;
    const starts = [0];
    for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
    if (starts.length > 1 && starts.at(-1) === text.length) starts.pop();
    this.lineStarts = starts;
  }

  get lineCount(): number {
    return this.lineStarts.length;
  }

  /** Offsets of line `index` (from 0): its first character, and the one after its last, without the line end. */
  line(index: number): { start: number; end: number; next: number } {
    const start = this.lineStarts[index]!;
    const next = this.lineStarts[index + 1] ?? this.text.length;
    let end = next;
    if (end > start && this.text.charCodeAt(end - 1) === 10) end--;
    while (end > start && this.text.charCodeAt(end - 1) === 13) end--;
    return { start, end, next };
  }

  /** The place of the characters from `start` up to, not including, `end`. */
  location(start: number, end: number): SourceLocation {
    const line = this.#lineOf(start);
    const endLine = end > start ? this.#lineOf(end - 1) : line;
    return {
      file: this.file,
      line: line + 1,
      column: start - this.lineStarts[line]! + 1,
      endLine: endLine + 1,
      endColumn: Math.max(end, start) - this.lineStarts[endLine]! + 1,
      text: this.text,
    };
  }

  #lineOf(offset: number): number {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

/**
 * One instruction as the language sees it: continuations joined, comments gone. Positions in `text` lead back to the
 * file through `pieces`.
 */
export class LogicalLine {
  readonly source: Source;
  readonly text: string;
  readonly #pieces: readonly { at: number; offset: number }[];
  /** Where the last physical line ends. */
  readonly end: number;

  constructor(source: Source, pieces: readonly { text: string; offset: number }[], end: number) {
    this.source = source;
    this.end = end;
    let at = 0;
    this.#pieces = pieces.map(({ text, offset }) => {
      const piece = { at, offset };
      at += text.length;
      return piece;
    });
    this.text = pieces.length === 1 ? pieces[0]!.text : pieces.map((p) => p.text).join('');
  }

  /** The place of `text.slice(from, to)`. */
  location(from: number, to: number): SourceLocation {
    const start = this.#offset(from);
    return this.source.location(start, to > from ? this.#offset(to - 1) + 1 : start);
  }

  /** The word `text.slice(from, to)`. */
  word(from: number, to: number): Word {
    return { text: this.text.slice(from, to), location: this.location(from, to) };
  }

  #offset(at: number): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#pieces[middle]!.at <= at) low = middle;
      else high = middle - 1;
    }
    const piece = this.#pieces[low]!;
    return piece.offset + (at - piece.at);
  }
}
