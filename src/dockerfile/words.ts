import type { Word } from './instruction.ts';
import type { LogicalLine } from './source.ts';

/** Words separated by blanks, quotes of no meaning: FROM, EXPOSE, paths of COPY, ADD and VOLUME. */
export function plainWords(line: LogicalLine, from: number): Word[] {
  const words: Word[] = [];
  const pattern = /[^\t\v\f\r ]+/g;
  pattern.lastIndex = from;
  for (let match = pattern.exec(line.text); match; match = pattern.exec(line.text)) {
    words.push(line.word(match.index, match.index + match[0].length));
  }
  return words;
}

/** Words separated by blanks outside quotes; quotes and escapes stay in the words: ENV, LABEL, ARG. */
export function quotedWords(line: LogicalLine, from: number, escapeChar: string): { word: Word; from: number }[] {
  const { text } = line;
  const words: { word: Word; from: number }[] = [];
  let at = from;
  while (at < text.length) {
    if (isBlank(text[at]!)) {
      at++;
      continue;
    }
    const start = at;
    let end = text.length;
    let quote = '';
    for (; at < text.length; at++) {
      const ch = text[at]!;
      if (quote === '' && isBlank(ch)) {
        end = at;
        break;
      }
      if (ch === escapeChar && quote !== "'") {
        // An escape character at the very end says nothing.
        if (at + 1 === text.length) end = at;
        at++;
      } else if (quote === '') {
        if (ch === "'" || ch === '"') quote = ch;
      } else if (ch === quote) quote = '';
    }
    if (end > start) words.push({ word: line.word(start, end), from: start });
  }
  return words;
}

/** The rest of the line as one word, or undefined when there is none. */
export function restOfLine(line: LogicalLine, from: number): Word | undefined {
  const end = line.text.trimEnd().length;
  const start = skipBlanks(line.text, from);
  return start < end ? line.word(start, end) : undefined;
}

export function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text[at]!)) at++;
  return at;
}

export function isBlank(ch: string): boolean {
  return ch === ' ' || ch === '\t' || ch === '\v' || ch === '\f' || ch === '\r' || (ch > '\x7f' && /\s/.test(ch));
}
