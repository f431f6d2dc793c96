import { compilePattern, replaceAll, replaceFirst, trimPrefix, trimSuffix } from './pattern.ts';
import { SplitWords } from './split-words.ts';

/**
 * Variables, quotes and escapes of one word, by BuildKit's rules: `$n ${n} ${n:-w} ${n-w} ${n:+w} ${n+w} ${n:?m}
 * ${n?m} ${n#p} ${n##p} ${n%p} ${n%%p} ${n/p/r} ${n//p/r}`, nested as deep as one likes.
 */
export interface ExpandOptions {
  /** The escape character: a backslash, or what the escape directive chose. */
  escape: '\\' | '`';
  /** undefined: not set, which differs from empty. */
  lookup(name: string): string | undefined;
  /** Quotes are ordinary characters (heredoc bodies). */
  skipQuotes?: boolean;
  /** Quotes stay in the result. */
  rawQuotes?: boolean;
  /** Escape characters stay in the result. */
  rawEscapes?: boolean;
  /** Unset variables stay as they were written (step names). */
  keepUnset?: boolean;
}

export interface Expanded {
  value: string;
  /** The value split at blanks that were neither quoted nor escaped. */
  words: string[];
  /** Names that were looked up and found. */
  used: Set<string>;
  /** Names that were looked up and not set. */
  missing: Set<string>;
}

/** What is wrong in a word, and where in it. Callers turn it into an error with a place in the file. */
export class ExpansionFault extends Error {
  readonly at: number;

  constructor(message: string, at: number) {
    super(message);
    this.at = at;
  }
}

/** Nesting of `${a:-${b:-…}}`; deeper is an attack on the stack, not a Dockerfile. */
const DEPTH_LIMIT = 100;

export function expand(text: string, options: ExpandOptions): Expanded {
  const expander = new Expander(text, options);
  const { value, words } = expander.until(undefined, options.rawEscapes ?? false);
  return { value, words, used: expander.used, missing: expander.missing };
}

class Expander {
  readonly used = new Set<string>();
  readonly missing = new Set<string>();
  readonly #text: string;
  readonly #options: ExpandOptions;
  #at = 0;
  #depth = 0;

  constructor(text: string, options: ExpandOptions) {
    this.#text = text;
    this.#options = options;
  }

  /** Reads up to `stop`, which is consumed, or to the end of the text. */
  until(stop: '}' | '/' | undefined, rawEscapes: boolean): { value: string; words: string[] } {
    const { escape: escapeChar, skipQuotes } = this.#options;
    const start = this.#at;
    const value: string[] = [];
    const words = new SplitWords();
    while (this.#at < this.#text.length) {
      const ch = this.#text[this.#at]!;
      if (ch === stop) {
        this.#at++;
        return { value: value.join(''), words: words.end() };
      }
      if (ch === '$') {
        const piece = this.#dollar();
        value.push(piece);
        words.add(piece, true);
      } else if (!skipQuotes && (ch === "'" || ch === '"')) {
        const piece = ch === "'" ? this.#single() : this.#double(rawEscapes);
        value.push(piece);
        words.add(piece, false);
      } else if (ch === escapeChar) {
        this.#at++;
        const next = this.#text[this.#at] ?? '';
        this.#at++;
        const piece = rawEscapes ? ch + next : next;
        value.push(piece);
        words.add(piece, false);
      } else {
        const from = this.#at;
        while (this.#at < this.#text.length && this.#isPlain(this.#text[this.#at]!, stop)) this.#at++;
        if (this.#at === from) this.#at++;
        const piece = this.#text.slice(from, this.#at);
        value.push(piece);
        words.add(piece, true);
      }
    }
    if (stop !== undefined) {
      throw new ExpansionFault(stop === '}' ? "syntax error: missing '}'" : "syntax error: missing '/' in ${}", start);
    }
    return { value: value.join(''), words: words.end() };
  }

  #isPlain(ch: string, stop: string | undefined): boolean {
    return ch !== '$' && ch !== "'" && ch !== '"' && ch !== stop && ch !== this.#options.escape;
  }

  #single(): string {
    const start = this.#at;
    const end = this.#text.indexOf("'", start + 1);
    if (end === -1) {
      throw new ExpansionFault('unexpected end of statement while looking for matching single-quote', start);
    }
    this.#at = end + 1;
    return this.#options.rawQuotes ? this.#text.slice(start, end + 1) : this.#text.slice(start + 1, end);
  }

  #double(rawEscapes: boolean): string {
    const { escape: escapeChar, rawQuotes } = this.#options;
    const start = this.#at++;
    const out: string[] = rawQuotes ? ['"'] : [];
    for (;;) {
      const ch = this.#text[this.#at];
      if (ch === undefined) {
        throw new ExpansionFault('unexpected end of statement while looking for matching double-quote', start);
      }
      if (ch === '"') {
        this.#at++;
        if (rawQuotes) out.push('"');
        return out.join('');
      }
      if (ch === '$') {
        out.push(this.#dollar());
        continue;
      }
      this.#at++;
      if (ch !== escapeChar) {
        out.push(ch);
        continue;
      }
      if (rawEscapes) out.push(ch);
      const next = this.#text[this.#at];
      // Only these can be escaped inside double quotes; before anything else the character stands for itself.
      if (next === '"' || next === '$' || next === escapeChar) {
        out.push(next);
        this.#at++;
      } else if (next !== undefined) out.push(ch);
    }
  }

  #dollar(): string {
    const start = this.#at++;
    if (this.#text[this.#at] !== '{') {
      const name = this.#name();
      if (name === '') return '$';
      return this.#lookup(name) ?? (this.#options.keepUnset ? `$${name}` : '');
    }
    if (++this.#depth > DEPTH_LIMIT) throw new ExpansionFault('substitutions are nested too deep', start);
    try {
      return this.#braced(start);
    } finally {
      this.#depth--;
    }
  }

  #braced(start: number): string {
    this.#at++;
    const first = this.#text[this.#at];
    if (first === undefined) throw new ExpansionFault("syntax error: missing '}'", start);
    if (first === '{' || first === '}' || first === ':') {
      throw new ExpansionFault('syntax error: bad substitution', start);
    }
    const name = this.#name();
    const { keepUnset } = this.#options;
    let modifier = this.#text[this.#at++] ?? '';
    if (modifier === '}') return this.#lookup(name) ?? (keepUnset ? `\${${name}}` : '');
    if (modifier === '/') return this.#replace(name, start);
    const nullIsUnset = modifier === ':';
    if (nullIsUnset) modifier = this.#text[this.#at++] ?? '';
    const spelt = (nullIsUnset ? ':' : '') + modifier;
    if (modifier === '' && !nullIsUnset) throw new ExpansionFault("syntax error: missing '}'", start);
    if (!'+-?#%'.includes(modifier) || modifier === '' || (nullIsUnset && (modifier === '#' || modifier === '%'))) {
      throw new ExpansionFault(`unsupported modifier (${spelt}) in substitution`, start);
    }
    // Patterns need their own escapes untouched.
    const isPattern = modifier === '#' || modifier === '%';
    const word = this.#operand('}', isPattern, start);
    const value = this.#lookup(name);
    if (keepUnset && value === undefined) return `\${${name}${spelt}${word}}`;
    const unset = value === undefined || (nullIsUnset && value === '');
    switch (modifier) {
      case '-':
        return unset ? word : value;
      case '+':
        return unset ? '' : word;
      case '?':
        if (!unset) return value;
        throw new ExpansionFault(
          `${name}: ${word || (value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty')}`,
          start,
        );
      default: {
        const longest = word.startsWith(modifier);
        const pattern = this.#pattern(longest ? word.slice(1) : word, start);
        return (modifier === '#' ? trimPrefix : trimSuffix)(pattern, value ?? '', longest);
      }
    }
  }

  #replace(name: string, start: number): string {
    const all = this.#text[this.#at] === '/';
    if (all) this.#at++;
    const pattern = this.#operand('/', true, start);
    const replacement = this.#operand('}', true, start);
    const value = this.#lookup(name);
    if (value === undefined && this.#options.keepUnset) return `\${${name}/${pattern}/${replacement}}`;
    return (all ? replaceAll : replaceFirst)(this.#pattern(pattern, start), value ?? '', replacement);
  }

  #operand(stop: '}' | '/', rawEscapes: boolean, start: number): string {
    try {
      return this.until(stop, rawEscapes).value;
    } catch (error) {
      // The brace that was left open is what the reader should look at.
      if (error instanceof ExpansionFault && error.message.includes('missing')) {
        throw new ExpansionFault(error.message, start);
      }
      throw error;
    }
  }

  #pattern(text: string, start: number) {
    try {
      return compilePattern(text);
    } catch (error) {
      throw new ExpansionFault(`invalid pattern (${text}) in substitution: ${(error as Error).message}`, start);
    }
  }

  /** A name, one special parameter, or digits. */
  #name(): string {
    const match = /\d+|[@*#?\-$!]|[\p{L}_][\p{L}\p{Nd}_]*/uy;
    match.lastIndex = this.#at;
    const name = match.exec(this.#text)?.[0] ?? '';
    this.#at += name.length;
    return name;
  }

  #lookup(name: string): string | undefined {
    const value = this.#options.lookup(name);
    (value === undefined ? this.missing : this.used).add(name);
    return value;
  }
}
