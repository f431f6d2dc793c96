import type { SourceLocation } from '../errors.ts';
import { DockerfileError } from './error.ts';
import { Source } from './source.ts';

/**
 * `.dockerignore`, by the rules of moby/patternmatcher: the last matching line wins, `!` takes back, a match on any
 * parent folder counts, `**` is any depth. Paths are relative to the context, with `/`, without a leading one.
 */
export interface IgnorePattern {
  /** As compared: cleaned, without `!`. */
  text: string;
  /** `!`: takes back what an earlier line matched. */
  negated: boolean;
  location: SourceLocation | undefined;
  matches(path: string): boolean;
}

/** Which patterns matched a folder or one of its parents: handed down the tree, so that no parent is matched twice. */
export type IgnoreState = Uint8Array;

export class IgnoreMatcher {
  readonly patterns: readonly IgnorePattern[];
  readonly #negations: readonly IgnorePattern[];

  constructor(patterns: readonly IgnorePattern[]) {
    this.patterns = patterns;
    this.#negations = patterns.filter((pattern) => pattern.negated);
  }

  get isEmpty(): boolean {
    return this.patterns.length === 0;
  }

  /** The state of the context's root. */
  top(): IgnoreState {
    return new Uint8Array(this.patterns.length);
  }

  /** Is `path`, whose parent folder has state `parent`, ignored? `state` is for its own children. */
  step(path: string, parent: IgnoreState): { ignored: boolean; state: IgnoreState } {
    const state = new Uint8Array(parent.length);
    let ignored = false;
    for (let i = 0; i < parent.length; i++) {
      const pattern = this.patterns[i]!;
      if (parent[i] === 1 || pattern.matches(path)) {
        state[i] = 1;
        ignored = !pattern.negated;
      }
    }
    return { ignored, state };
  }

  ignores(path: string): boolean {
    return this.#decide(path)?.negated === false;
  }

  /** The line that makes `path` ignored; undefined when it is not. */
  reason(path: string): IgnorePattern | undefined {
    const decided = this.#decide(path);
    return decided?.negated === false ? decided : undefined;
  }

  /** Could something below the ignored folder `path` be taken back? When not, the folder need not be read. */
  mayTakeBackBelow(path: string): boolean {
    return this.#negations.some((pattern) => mayMatchBelow(pattern.text, path));
  }

  #decide(path: string): IgnorePattern | undefined {
    const parts = path.split('/');
    let decided: IgnorePattern | undefined;
    for (const pattern of this.patterns) {
      for (let n = parts.length; n > 0; n--) {
        if (!pattern.matches(n === parts.length ? path : parts.slice(0, n).join('/'))) continue;
        decided = pattern;
        break;
      }
    }
    return decided;
  }
}

/** Reads an ignore file. Throws a DockerfileError that names the line of a bad pattern. */
export function parseIgnore(text: string, file: string): IgnoreMatcher {
  const source = new Source(file, text.replace(/^\uFEFF/, ''));
  const patterns: IgnorePattern[] = [];
  for (let index = 0; index < source.lineCount; index++) {
    const { start, end } = source.line(index);
    const line = source.text.slice(start, end);
    // Only in the first column is # a comment.
    if (line.startsWith('#')) continue;
    const trimmed = line.trim();
    if (trimmed === '') continue;
    const from = start + line.indexOf(trimmed[0]!);
    patterns.push(...compile(trimmed, source.location(from, from + trimmed.length)));
  }
  return new IgnoreMatcher(patterns);
}

/** Patterns of `COPY --exclude`: the same rules, relative to the source. */
export function ignoreMatcher(patterns: readonly { text: string; location?: SourceLocation }[]): IgnoreMatcher {
  return new IgnoreMatcher(patterns.flatMap(({ text, location }) => compile(text.trim(), location)));
}

function compile(written: string, location: SourceLocation | undefined): IgnorePattern[] {
  if (written === '') return [];
  const negated = written.startsWith('!');
  let text = cleanPath(negated ? written.slice(1).trim() : written);
  if (text.length > 1 && text.startsWith('/')) text = text.slice(1);
  if (text === '') {
    throw badPattern(
      written,
      'illegal exclusion pattern',
      location,
      'write the path that is to be taken back after the !',
    );
  }
  const matches = matcher(text);
  if (matches === undefined) {
    throw badPattern(
      written,
      'syntax error in pattern',
      location,
      'a [ needs its ], and a backslash a character after it',
    );
  }
  return [{ text, negated, location, matches }];
}

function badPattern(
  pattern: string,
  what: string,
  location: SourceLocation | undefined,
  hint: string,
): DockerfileError {
  const where = location ? `${location.file}:${location.line}: ` : '';
  return new DockerfileError('bad-ignore-pattern', `${where}${what}: ${JSON.stringify(pattern)}`, { location, hint });
}

/** Go's filepath.Clean for slashes: `a//b/./c/../d/` → `a/b/d`; empty stays empty. */
export function cleanPath(path: string): string {
  if (path === '') return '';
  const out: string[] = [];
  const rooted = path.startsWith('/');
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') out.push(part);
    else if (out.length > 0 && out.at(-1) !== '..') out.pop();
    else if (!rooted) out.push(part);
  }
  return (rooted ? '/' : '') + out.join('/') || '.';
}

/** undefined for a pattern that is no pattern. */
function matcher(text: string): ((path: string) => boolean) | undefined {
  if (!/[*?[\]\\]/.test(text)) return (path) => path === text;
  if (globToRegExp(text) === undefined) return undefined;
  // Most patterns have one of two simple forms, which need no regular expression.
  const rest = text.slice(2);
  if (text.startsWith('**') && rest !== '' && !/[*?[\]\\]/.test(rest)) {
    if (rest.startsWith('/')) return (path) => path.endsWith(rest) || path === rest.slice(1);
    return (path) => path.endsWith(rest);
  }
  const head = text.slice(0, -2);
  if (text.endsWith('**') && head !== '' && !/[*?[\]\\]/.test(head)) return (path) => path.startsWith(head);
  const expression = globToRegExp(text)!;
  return (path) => expression.test(path);
}

/** A path pattern with `**`, `*`, `?`, `[…]` and escapes as a regular expression; undefined when it is malformed. */
export function globToRegExp(text: string): RegExp | undefined {
  const characters = [...text];
  let out = '';
  let lastWasAnyDepth = false;
  for (let i = 0; i < characters.length; i++) {
    const ch = characters[i]!;
    if (ch === '*' && characters[i + 1] === '*') {
      i++;
      if (characters[i + 1] === '/') i++;
      if (i + 1 >= characters.length) out += '.*';
      // `**/**/` says no more than `**/`, and repeated it would make matching slow.
      else if (!lastWasAnyDepth) out += '(?:.*/)?';
      lastWasAnyDepth = true;
      continue;
    }
    lastWasAnyDepth = false;
    if (ch === '*') out += '[^/]*';
    else if (ch === '?') out += '[^/]';
    else if (ch === '\\') {
      const next = characters[++i];
      if (next === undefined) return undefined;
      out += quote(next);
    } else if (ch === '[') {
      const set = bracket(characters, i);
      if (set === undefined) return undefined;
      out += set.expression;
      i = set.end;
    } else out += quote(ch);
  }
  return new RegExp(`^${out}$`, 'us');
}

/** `[a-z]`, `[^a-z]` of Go's filepath.Match. */
function bracket(characters: readonly string[], start: number): { expression: string; end: number } | undefined {
  let i = start + 1;
  const negated = characters[i] === '^';
  if (negated) i++;
  let out = '';
  const one = (): string | undefined => {
    const ch = characters[i];
    if (ch === undefined || ch === '-' || ch === ']') return undefined;
    if (ch === '\\') i++;
    const value = characters[i];
    i++;
    return value;
  };
  for (let count = 0; characters[i] !== ']' || count === 0; count++) {
    const low = one();
    if (low === undefined) return undefined;
    let high = low;
    if (characters[i] === '-') {
      i++;
      const found = one();
      if (found === undefined) return undefined;
      high = found;
    }
    // A range that is upside down matches nothing.
    if (low.codePointAt(0)! <= high.codePointAt(0)!) out += `${escapeInClass(low)}-${escapeInClass(high)}`;
    if (i >= characters.length) return undefined;
  }
  return { expression: negated ? `[^/${out}]` : out === '' ? '[]' : `(?!/)[${out}]`, end: i };
}

function escapeInClass(ch: string): string {
  return `\\u{${ch.codePointAt(0)!.toString(16)}}`;
}

function quote(ch: string): string {
  return /[\\^$.*+?()[\]{}|/]/.test(ch) ? `\\${ch}` : ch;
}

/** Could `pattern` match something strictly below `folder`, judged part by part? Errs on the side of yes. */
function mayMatchBelow(pattern: string, folder: string): boolean {
  const wanted = pattern.split('/');
  const parts = folder.split('/');
  for (let i = 0; i < parts.length; i++) {
    const part = wanted[i];
    // The pattern matches the folder itself or a parent: then it counts for everything below.
    if (part === undefined) return true;
    if (part.includes('**')) return true;
    const expression = globToRegExp(part);
    if (expression === undefined || !expression.test(parts[i]!)) return false;
  }
  return true;
}
