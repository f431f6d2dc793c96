import { parseError } from './error.ts';
import { heredocMarks, withoutLeadingTabs } from './heredoc.ts';
import type { Heredoc, Warning } from './instruction.ts';
import { jsonForm } from './json-form.ts';
import { LogicalLine, type Source } from './source.ts';

/** Longest physical line, in bytes, that Docker's parser takes. */
const LINE_LIMIT = 65_535;

/** One instruction's line, what stood above it, and the documents below it. */
export interface Statement {
  line: LogicalLine;
  comments: string[];
  heredocs: Heredoc[];
  /** Offset after the last character that belongs to it. */
  end: number;
}

/** Splits a file into instructions: continuations joined, comments taken out, heredoc bodies collected. `first`: the line to begin with. */
export function* statements(
  source: Source,
  escapeChar: '\\' | '`',
  warnings: Warning[],
  first = 0,
): Generator<Statement> {
  let comments: string[] = [];
  let index = first;
  const count = source.text === '' ? 0 : source.lineCount;
  while (index < count) {
    const { start, end: lineEnd } = checkedLine(source, index++);
    const indent = leadingBlanks(source.text, start, lineEnd);
    const text = source.text.slice(indent, lineEnd);
    if (text === '') {
      // What stands above an empty line is not about what comes below it.
      comments = [];
      continue;
    }
    if (text.startsWith('#')) {
      const comment = text.slice(1).trim();
      if (comment === '') comments = [];
      else comments.push(comment);
      continue;
    }
    const pieces: { text: string; offset: number }[] = [];
    let last = lineEnd;
    let emptyLine: number | undefined;
    let continued = addPiece(pieces, text, indent, escapeChar);
    while (continued && index < count) {
      const next = checkedLine(source, index++);
      const nextIndent = leadingBlanks(source.text, next.start, next.end);
      if (source.text[nextIndent] === '#' && nextIndent < next.end) continue;
      if (nextIndent === next.end) {
        emptyLine ??= index - 1;
        continue;
      }
      // White space at the start of a continuation line belongs to the instruction.
      continued = addPiece(pieces, source.text.slice(next.start, next.end), next.start, escapeChar);
      last = next.end;
    }
    const line = new LogicalLine(source, pieces, last);
    if (line.text.trim() === '') continue;
    if (emptyLine !== undefined) warnings.push(emptyContinuation(source, emptyLine));
    const heredocs: Heredoc[] = [];
    if (line.text.includes('<<') && mayHoldHeredoc(line)) {
      for (const mark of heredocMarks(line.text)) {
        const body = readHeredoc(source, index, mark, line);
        heredocs.push(body.heredoc);
        index = body.next;
        last = body.end;
      }
    }
    yield { line, comments, heredocs, end: last };
    comments = [];
  }
}

function addPiece(
  pieces: { text: string; offset: number }[],
  text: string,
  offset: number,
  escapeChar: string,
): boolean {
  let end = text.length;
  while (end > 0 && (text[end - 1] === ' ' || text[end - 1] === '\t')) end--;
  // An escaped escape character at the end of a line does not continue it.
  const continued = text[end - 1] === escapeChar && text[end - 2] !== escapeChar;
  pieces.push({ text: continued ? text.slice(0, end - 1) : text, offset });
  return continued;
}

/** ADD, COPY, RUN and ONBUILD of those, but never their JSON form. */
function mayHoldHeredoc(line: LogicalLine): boolean {
  const match = /^\s*(?:onbuild\s+)*(?:add|copy|run)\s+(?:--\S+\s+)*/i.exec(line.text);
  if (!match) return false;
  try {
    return jsonForm(line, match[0].length) === undefined;
  } catch {
    return false;
  }
}

function readHeredoc(
  source: Source,
  first: number,
  mark: { name: string; chomp: boolean; expand: boolean; fileDescriptor: number },
  line: LogicalLine,
): { heredoc: Heredoc; next: number; end: number } {
  const bodyStart = first < source.lineCount ? source.lineStarts[first]! : source.text.length;
  for (let index = first; index < source.lineCount; index++) {
    const { start, end } = checkedLine(source, index);
    let from = start;
    if (mark.chomp) while (from < end && source.text[from] === '\t') from++;
    if (end - from !== mark.name.length || source.text.slice(from, end) !== mark.name) continue;
    const body = source.text.slice(bodyStart, start);
    const heredoc = {
      name: mark.name,
      content: mark.chomp ? withoutLeadingTabs(body) : body,
      chomp: mark.chomp,
      expand: mark.expand,
      fileDescriptor: mark.fileDescriptor,
      location: source.location(bodyStart, Math.max(bodyStart, start - 1)),
    };
    return { heredoc, next: index + 1, end };
  }
  const at = Math.max(0, line.text.indexOf('<<'));
  const token = /^\S*/.exec(line.text.slice(at))![0];
  throw parseError(
    'unterminated-heredoc',
    line.location(at, at + token.length),
    `unterminated heredoc: expected a line that is exactly ${JSON.stringify(mark.name)}, found the end of the file`,
    { hint: mark.chomp ? 'only tabs may stand before it' : 'nothing may stand before or after it on that line' },
  );
}

function emptyContinuation(source: Source, index: number): Warning {
  const { start, end } = source.line(index);
  return {
    rule: 'NoEmptyContinuation',
    message:
      'Empty continuation line found: the instruction goes on below it; remove the line or end it with a comment',
    location: source.location(start, end),
  };
}

function checkedLine(source: Source, index: number): { start: number; end: number; next: number } {
  const line = source.line(index);
  const length = line.end - line.start;
  // Only lines that could be too long are counted in bytes.
  if (length * 3 > LINE_LIMIT && Buffer.byteLength(source.text.slice(line.start, line.end)) > LINE_LIMIT) {
    throw parseError(
      'line-too-long',
      source.location(line.start, line.start + 1),
      `dockerfile line greater than max allowed size of ${LINE_LIMIT}`,
      { hint: 'put the data into a file of the context and COPY it' },
    );
  }
  return line;
}

function leadingBlanks(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && /\s/.test(text[at]!)) at++;
  return at;
}
