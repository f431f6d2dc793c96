import { TemplateError } from './error.ts';

/** A template is text with actions between; `tokens` of an action end with an `end` token. */
export type Piece = { kind: 'text'; text: string } | { kind: 'action'; tokens: Token[]; offset: number };

export interface Token {
  kind: 'field' | 'variable' | 'word' | 'string' | 'number' | 'sign' | 'end';
  /** Without the dot of a field, the dollar of a variable, the quotes of a string. */
  text: string;
  offset: number;
  /** There is a space before: `.A .B` are two, `.A.B` is one. */
  spaced: boolean;
}

/** Splits a template into text and actions; `{{-` and `-}}` take the white space beside them away. */
export function scan(text: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  const addText = (part: string, trimEnd: boolean) => {
    let kept = trimNext ? part.trimStart() : part;
    if (trimEnd) kept = kept.trimEnd();
    if (kept !== '') pieces.push({ kind: 'text', text: kept });
    trimNext = false;
  };
  for (;;) {
    const open = text.indexOf('{{', at);
    if (open < 0) {
      addText(text.slice(at), false);
      return pieces;
    }
    const trim = /^-\s/.test(text.slice(open + 2, open + 4));
    addText(text.slice(at, open), trim);
    const start = open + 2 + (trim ? 1 : 0);
    const comment = /^\s*\/\*[\s\S]*?\*\/\s*/.exec(text.slice(start));
    const { tokens, next, trimAfter } = scanAction(text, comment ? start + comment[0].length : start, open);
    if (!comment) pieces.push({ kind: 'action', tokens, offset: open });
    trimNext = trimAfter;
    at = next;
  }
}

function scanAction(text: string, start: number, open: number): { tokens: Token[]; next: number; trimAfter: boolean } {
  const tokens: Token[] = [];
  let at = start;
  for (;;) {
    const space = /^\s*/.exec(text.slice(at))![0].length;
    const spaced = space > 0 || at === start;
    at += space;
    const rest = text.slice(at);
    if (rest === '') throw new TemplateError(text, open, 'unclosed action, expected "}}"');
    const close = /^(-?)\}\}/.exec(rest);
    if (close && (close[1] === '' || spaced)) {
      tokens.push({ kind: 'end', text: '', offset: at, spaced });
      return { tokens, next: at + close[0].length, trimAfter: close[1] === '-' };
    }
    const token = scanToken(text, rest, at);
    tokens.push({ ...token.token, offset: at, spaced });
    at += token.length;
  }
}

function scanToken(
  text: string,
  rest: string,
  at: number,
): { token: Omit<Token, 'offset' | 'spaced'>; length: number } {
  let match = /^\.([\p{L}_][\p{L}\p{N}_]*)?/u.exec(rest);
  if (match && !/^\.\d/.test(rest)) return { token: { kind: 'field', text: match[1] ?? '' }, length: match[0].length };
  match = /^\$([\p{L}\p{N}_]*)/u.exec(rest);
  if (match) return { token: { kind: 'variable', text: match[1]! }, length: match[0].length };
  match = /^[+-]?(0x[0-9a-fA-F]+|\d+(\.\d+)?|\.\d+)/.exec(rest);
  if (match) return { token: { kind: 'number', text: match[0] }, length: match[0].length };
  match = /^[\p{L}_][\p{L}\p{N}_]*/u.exec(rest);
  if (match) return { token: { kind: 'word', text: match[0] }, length: match[0].length };
  match = /^"(?:[^"\\\n]|\\.)*"/.exec(rest);
  if (match) return { token: { kind: 'string', text: unquote(match[0], text, at) }, length: match[0].length };
  match = /^`([^`]*)`/.exec(rest);
  if (match) return { token: { kind: 'string', text: match[1]! }, length: match[0].length };
  match = /^(:=|[=|(),])/.exec(rest);
  if (match) return { token: { kind: 'sign', text: match[0] }, length: match[0].length };
  if (rest.startsWith('"') || rest.startsWith('`')) throw new TemplateError(text, at, 'unterminated string');
  throw new TemplateError(
    text,
    at,
    `unexpected ${JSON.stringify(rest[0])} in an action`,
    rest[0] === "'" ? 'strings are written in double quotes' : undefined,
  );
}

function unquote(quoted: string, text: string, at: number): string {
  const escapes: Record<string, string> = {
    n: '\n',
    t: '\t',
    r: '\r',
    '"': '"',
    '\\': '\\',
    "'": "'",
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
  };
  return quoted.slice(1, -1).replace(/\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)/g, (_, code: string) => {
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    const character = escapes[code];
    if (character === undefined) throw new TemplateError(text, at, `unknown escape \\${code} in a string`);
    return character;
  });
}
