import type { SourceLocation } from '../errors.ts';

/** Longest part of a source line that is shown; longer ones are cut around the token. */
const WIDTH = 160;

/**
 * The lines around a place, as text for a terminal: `>>>` before each line that is meant, a caret under the token.
 * Empty when the location does not know its text. No colours: the doors add them.
 */
export function formatExcerpt(location: SourceLocation): string {
  if (location.text === undefined) return '';
  const lines = location.text.replace(/^\uFEFF/, '').split(/\r?\n/);
  if (lines.at(-1) === '' && lines.length > location.line) lines.pop();
  const first = Math.min(location.line, lines.length);
  // A heredoc of a thousand lines is no excerpt: the first lines say where.
  const last = Math.max(first, Math.min(location.endLine ?? first, lines.length, first + 11));
  const padding = last === first ? 4 : 2;
  const from = Math.max(1, first - padding);
  const to = Math.min(lines.length, last + padding);
  const digits = Math.max(4, String(to).length);
  const oneToken = first === last && location.column !== undefined;
  const rule = '-'.repeat(20);
  const out = [formatPlace(location), rule];
  for (let number = from; number <= to; number++) {
    const meant = number >= first && number <= last;
    const cut = cutAround(lines[number - 1] ?? '', meant ? (location.column ?? 1) : 1);
    out.push(`${String(number).padStart(digits)} | ${meant ? '>>>' : '   '} ${cut.text}`.trimEnd());
    if (meant && oneToken) {
      const column = Math.max(1, location.column! - cut.dropped);
      const before = cut.text.slice(0, column - 1).replace(/[^\t]/g, ' ');
      const length = location.endLine === location.line ? (location.endColumn ?? 0) - location.column! : 1;
      const carets = '^'.repeat(Math.max(1, Math.min(length, Math.max(1, cut.text.length - column + 1))));
      out.push(`${' '.repeat(digits)} |     ${before}${carets}`);
    }
  }
  out.push(rule);
  return out.join('\n');
}

/** `Dockerfile:3:7`, or without a column `Dockerfile:3`. */
export function formatPlace(location: SourceLocation): string {
  return location.column === undefined
    ? `${location.file}:${location.line}`
    : `${location.file}:${location.line}:${location.column}`;
}

function cutAround(line: string, column: number): { text: string; dropped: number } {
  if (line.length <= WIDTH) return { text: line, dropped: 0 };
  const start = Math.max(0, Math.min(column - 1 - WIDTH / 2, line.length - WIDTH));
  const text = line.slice(start, start + WIDTH);
  return {
    text: `${start > 0 ? '…' : ''}${text}${start + WIDTH < line.length ? '…' : ''}`,
    dropped: start - (start > 0 ? 1 : 0),
  };
}
