import { PERL, POSIX, unicodeClass, variants } from './pattern-classes.ts';

/** What a pattern is made of. `test` looks at one character, by its code point. */
export type PatternNode =
  | { readonly kind: 'character'; readonly test: (code: number) => boolean }
  | { readonly kind: 'assertion'; readonly at: Assertion }
  | { readonly kind: 'sequence' | 'choice'; readonly of: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly of: PatternNode; readonly min: number; readonly max: number };

export type Assertion = 'begin' | 'end' | 'line-begin' | 'line-end' | 'word-edge' | 'no-word-edge';

/** What is wrong with a pattern; `offset` counts its characters. */
export class PatternError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const DEEPEST = 200;
const MOST_REPEATS = 1000;

const ESCAPES: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

interface Flags {
  ignoreCase: boolean;
  lines: boolean;
  dotAll: boolean;
}

/**
 * Reads a regular expression in the syntax of RE2, which container-structure-test's files are written in: no look-around,
 * no back references; `$` is the end of the text, unless `(?m)` stands before it. @throws PatternError
 */
export function parsePattern(source: string): PatternNode {
  return new Parser(source).parse();
}

class Parser {
  readonly #text: readonly string[];
  #at = 0;
  #flags: Flags = { ignoreCase: false, lines: false, dotAll: false };

  constructor(source: string) {
    this.#text = [...source];
  }

  parse(): PatternNode {
    const node = this.#choice(0);
    if (this.#at < this.#text.length) this.#fail('a ")" without its "("');
    return node;
  }

  #choice(depth: number): PatternNode {
    if (depth > DEEPEST) this.#fail(`groups are nested deeper than ${DEEPEST}`);
    const branches: PatternNode[] = [];
    // flags that are set in a group end with it
    const flags = this.#flags;
    do branches.push(this.#sequence(depth));
    while (this.#take('|'));
    this.#flags = flags;
    return branches.length === 1 ? branches[0]! : { kind: 'choice', of: branches };
  }

  #sequence(depth: number): PatternNode {
    const of: PatternNode[] = [];
    while (this.#at < this.#text.length && this.#text[this.#at] !== '|' && this.#text[this.#at] !== ')') {
      const start = this.#at;
      const node = this.#one(depth);
      if (node !== undefined) of.push(...(Array.isArray(node) ? node : [node]));
      const range = this.#range();
      if (range === undefined) continue;
      const last = node === undefined ? undefined : of.pop();
      if (last === undefined) this.#fail('nothing to repeat', start);
      this.#take('?');
      of.push({ kind: 'repeat', of: last!, ...range });
      const again = this.#at;
      if (this.#range() !== undefined) this.#fail('a repetition of a repetition', again);
    }
    return of.length === 1 ? of[0]! : { kind: 'sequence', of };
  }

  /** `*`, `+`, `?`, `{2}`, `{2,}`, `{2,3}`; other braces are text. */
  #range(): { min: number; max: number } | undefined {
    if (this.#take('*')) return { min: 0, max: Number.POSITIVE_INFINITY };
    if (this.#take('+')) return { min: 1, max: Number.POSITIVE_INFINITY };
    if (this.#take('?')) return { min: 0, max: 1 };
    const [all, first, comma, second] = /^\{(\d{1,6})(,?)(\d{0,6})\}/.exec(this.#ahead(20)) ?? [];
    if (all === undefined || (comma === '' && second !== '')) return undefined;
    const min = Number(first);
    const max = comma === '' ? min : second === '' ? Number.POSITIVE_INFINITY : Number(second);
    if (max < min || min > MOST_REPEATS || (max > MOST_REPEATS && max !== Number.POSITIVE_INFINITY))
      this.#fail(`a repetition goes up to ${MOST_REPEATS}, found ${all}`);
    this.#at += all.length;
    return { min, max };
  }

  /** One thing, several (`\Q…\E`), or none (`(?i)`). */
  #one(depth: number): PatternNode | PatternNode[] | undefined {
    const start = this.#at;
    const char = this.#text[this.#at++]!;
    switch (char) {
      case '.':
        return character(this.#flags.dotAll ? () => true : (c) => c !== 10);
      case '^':
        return { kind: 'assertion', at: this.#flags.lines ? 'line-begin' : 'begin' };
      case '$':
        return { kind: 'assertion', at: this.#flags.lines ? 'line-end' : 'end' };
      case '[':
        return this.#class(start);
      case '(':
        return this.#group(start, depth);
      case '\\':
        return this.#escape(start);
      case '*':
      case '+':
      case '?':
        return this.#fail(`nothing to repeat before ${char}`, start);
      default:
        return this.#literal(char.codePointAt(0)!);
    }
  }

  #group(start: number, depth: number): PatternNode | undefined {
    const [head, , flags, end] = /^\?(?:P?<([A-Za-z_]\w*)>|([imsU-]*)([:)]))/.exec(this.#ahead(200)) ?? [];
    const outer = this.#flags;
    if (this.#text[this.#at] === '?') {
      if (head === undefined)
        this.#fail('an unknown kind of group: look-around and conditions are not in this language (RE2)', start);
      this.#at += head!.length;
      if (flags !== undefined) this.#flags = this.#changed(flags, start);
      if (end === ')') return undefined;
    }
    const node = this.#choice(depth + 1);
    if (!this.#take(')')) this.#fail('a "(" without its ")"', start);
    this.#flags = outer;
    return node;
  }

  #changed(text: string, start: number): Flags {
    const [on = '', off = '', ...more] = text.split('-');
    if (more.length > 0 || text.endsWith('-')) this.#fail('unknown flags', start);
    const flag = (letter: string, before: boolean): boolean =>
      off.includes(letter) ? false : on.includes(letter) || before;
    return {
      ignoreCase: flag('i', this.#flags.ignoreCase),
      lines: flag('m', this.#flags.lines),
      dotAll: flag('s', this.#flags.dotAll),
    };
  }

  #escape(start: number): PatternNode | PatternNode[] | undefined {
    const char = this.#text[this.#at];
    if (char === 'Q') {
      const rest = this.#text.slice(this.#at + 1).join('');
      const end = rest.indexOf('\\E');
      const quoted = [...(end < 0 ? rest : rest.slice(0, end))];
      this.#at += 1 + quoted.length + (end < 0 ? 0 : 2);
      return quoted.length === 0 ? undefined : quoted.map((one) => this.#literal(one.codePointAt(0)!));
    }
    const edges: Readonly<Record<string, Assertion>> = { A: 'begin', z: 'end', b: 'word-edge', B: 'no-word-edge' };
    if (char !== undefined && Object.hasOwn(edges, char)) {
      this.#at++;
      return { kind: 'assertion', at: edges[char]! };
    }
    const set = this.#set();
    return set === undefined ? this.#literal(this.#escapedCode(start)) : character(set);
  }

  /** `\d`, `\pL`, `\P{Greek}` and the like, behind their backslash. */
  #set(): ((code: number) => boolean) | undefined {
    const char = this.#text[this.#at] ?? '';
    const perl = PERL[char.toLowerCase()];
    if (perl !== undefined && /[a-z]/i.test(char)) {
      this.#at++;
      return char === char.toLowerCase() ? perl : (c) => !perl(c);
    }
    if (char !== 'p' && char !== 'P') return undefined;
    const start = this.#at - 1;
    const [all, caret, long, short] = /^[pP](?:\{(\^?)([A-Za-z_]{1,40})\}|([A-Z]))/.exec(this.#ahead(50)) ?? [];
    if (all === undefined) return this.#fail('the name of a class is expected: \\pL or \\p{Greek}', start);
    this.#at += all.length;
    const inside = unicodeClass(long ?? short!) ?? this.#fail(`there is no class named ${long ?? short}`, start);
    return (char === 'P') !== (caret === '^') ? (c) => !inside(c) : inside;
  }

  #escapedCode(start: number): number {
    const ahead = this.#ahead(12);
    const [hex, braced, two] = /^x(?:\{([0-9A-Fa-f]{1,6})\}|([0-9A-Fa-f]{2}))/.exec(ahead) ?? [];
    const [octal] = /^(?:0[0-7]{0,2}|[1-7][0-7]{1,2})/.exec(ahead) ?? [];
    const char = this.#text[this.#at] ?? '';
    let code: number | undefined;
    if (hex !== undefined) code = Number.parseInt(braced ?? two!, 16);
    else if (octal !== undefined) code = Number.parseInt(octal, 8);
    else if (Object.hasOwn(ESCAPES, char)) code = ESCAPES[char]!;
    else if (/^[!-/:-@[-`{-~]$/.test(char)) code = char.charCodeAt(0);
    if (code === undefined || code > 0x10ffff) {
      if (/[1-9]/.test(char)) this.#fail(`\\${char}: back references are not in this language (RE2)`, start);
      return this.#fail(char === '' ? 'a backslash at the end' : `unknown escape \\${char}`, start);
    }
    this.#at += (hex ?? octal ?? char).length;
    return code;
  }

  #class(start: number): PatternNode {
    const negated = this.#take('^');
    const parts: ((code: number) => boolean)[] = [];
    const { ignoreCase } = this.#flags;
    for (let first = true; first || this.#text[this.#at] !== ']'; first = false) {
      if (this.#at >= this.#text.length) this.#fail('a "[" without its "]"', start);
      const [posix, not, name] = /^\[:(\^?)(\w+):\]/.exec(this.#ahead(20)) ?? [];
      if (posix !== undefined) {
        const inside = Object.hasOwn(POSIX, name!) ? POSIX[name!]! : this.#fail(`there is no class named ${posix}`);
        this.#at += posix.length;
        parts.push(not === '' ? inside : (c) => !inside(c));
        continue;
      }
      const backslash = this.#take('\\');
      const set = backslash ? this.#set() : undefined;
      if (set !== undefined) {
        parts.push(set);
        continue;
      }
      const from = backslash ? this.#escapedCode(this.#at - 1) : this.#text[this.#at++]!.codePointAt(0)!;
      let to = from;
      if (this.#text[this.#at] === '-' && this.#at + 1 < this.#text.length && this.#text[this.#at + 1] !== ']') {
        this.#at++;
        to = this.#take('\\') ? this.#escapedCode(this.#at - 1) : this.#text[this.#at++]!.codePointAt(0)!;
        if (to < from) this.#fail('a range that ends before it begins', start);
      }
      parts.push((c) => c >= from && c <= to);
    }
    this.#at++;
    const inside = (c: number): boolean => parts.some((part) => part(c));
    const folded = ignoreCase ? (c: number) => variants(c).some(inside) : inside;
    return character(negated ? (c) => !folded(c) : folded);
  }

  #literal(code: number): PatternNode {
    if (!this.#flags.ignoreCase) return character((c) => c === code);
    const all = new Set(variants(code));
    return character((c) => all.has(c) || variants(c).includes(code));
  }

  #take(char: string): boolean {
    if (this.#text[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  /** Some characters from here; offsets in it are ours as long as they are plain ones. */
  #ahead(count: number): string {
    return this.#text.slice(this.#at, this.#at + count).join('');
  }

  #fail(message: string, offset = this.#at): never {
    throw new PatternError(message, offset);
  }
}

function character(test: (code: number) => boolean): PatternNode {
  return { kind: 'character', test };
}
