import type { SourceLocation } from '../errors.ts';
import { DockerfileError } from './error.ts';
import { compileGlob } from './glob.ts';
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
  const glob = compileGlob(text);
  if (glob === undefined) return undefined;
  // Most patterns have one of two simple forms, which are faster to compare.
  const rest = text.slice(2);
  if (text.startsWith('**') && rest !== '' && !/[*?[\]\\]/.test(rest)) {
    if (rest.startsWith('/')) return (path) => path.endsWith(rest) || path === rest.slice(1);
    return (path) => path.endsWith(rest);
  }
  const head = text.slice(0, -2);
  if (text.endsWith('**') && head !== '' && !/[*?[\]\\]/.test(head)) return (path) => path.startsWith(head);
  if (text.startsWith('**/') && !rest.slice(1).includes('/') && !rest.includes('**')) {
    const matches = part(rest.slice(1));
    return matches && ((path) => matches(path.slice(path.lastIndexOf('/') + 1)));
  }
  if (!text.includes('/') && !text.includes('**')) {
    const matches = part(text);
    return matches && ((path) => !path.includes('/') && matches(path));
  }
  return glob;
}

/** A pattern for one part of a path; the commonest, with one star, without following states. */
function part(text: string): ((name: string) => boolean) | undefined {
  const star = text.indexOf('*');
  if (star === -1 || /[?[\]\\]/.test(text) || text.indexOf('*', star + 1) !== -1) return compileGlob(text);
  const [head, tail] = [text.slice(0, star), text.slice(star + 1)];
  return (name) => name.length >= head.length + tail.length && name.startsWith(head) && name.endsWith(tail);
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
    if (compileGlob(part)?.(parts[i]!) !== true) return false;
  }
  return true;
}
