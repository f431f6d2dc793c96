import { ContainerizeError } from '../errors.ts';

/** What is wrong in a text with variables; `offset` is where, from its beginning. */
export class InterpolationError extends ContainerizeError<'bad-variable' | 'required-variable' | 'github-expression'> {
  readonly offset: number;

  constructor(code: InterpolationError['code'], offset: number, message: string, hint?: string) {
    super(code, message, { hint });
    this.offset = offset;
  }
}

export interface Interpolated {
  text: string;
  /** Variables that are not set and have no default: the empty text stands for them. */
  unset: string[];
}

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const OPERATOR = /:?[-?+]/y;
const DEEPEST = 50;

/**
 * Puts variables into a text by the rules of Compose: `$V ${V} ${V:-default} ${V-default} ${V:?error} ${V?error}
 * ${V:+instead} ${V+instead}`, nested, `$$` for a dollar. What is not taken is not looked up. A `$` before anything else
 * stands for itself. @throws InterpolationError
 */
export function interpolate(text: string, lookup: (name: string) => string | undefined): Interpolated {
  const reader = new Reader(text, lookup);
  const result = reader.read(false, true, 0);
  return { text: result, unset: reader.unset };
}

class Reader {
  readonly unset: string[] = [];
  readonly #text: string;
  readonly #lookup: (name: string) => string | undefined;
  #at = 0;

  constructor(text: string, lookup: (name: string) => string | undefined) {
    this.#text = text;
    this.#lookup = lookup;
  }

  /** Up to the end, or inside braces to the one that closes them. `live`: somebody wants the result. */
  read(inBraces: boolean, live: boolean, depth: number): string {
    const text = this.#text;
    let out = '';
    while (this.#at < text.length) {
      const char = text[this.#at]!;
      if (inBraces && char === '}') return out;
      if (char !== '$') {
        out += char;
        this.#at++;
        continue;
      }
      if (text.startsWith('$$', this.#at)) {
        out += '$';
        this.#at += 2;
      } else if (text.startsWith('${', this.#at)) {
        out += this.#braced(live, depth);
      } else {
        const name = this.#match(NAME, this.#at + 1);
        if (name === undefined) {
          out += '$';
          this.#at++;
        } else {
          this.#at += 1 + name.length;
          out += live ? this.#value(name) : '';
        }
      }
    }
    return out;
  }

  #braced(live: boolean, depth: number): string {
    const text = this.#text;
    const start = this.#at;
    if (text.startsWith('${{', start))
      throw new InterpolationError(
        'github-expression',
        start,
        '$' + '{{ … }} is an expression of GitHub workflows, which is not evaluated here',
        'give the value to the step as a variable (env:) and write $' + '{NAME}',
      );
    const bad = (): InterpolationError =>
      new InterpolationError(
        'bad-variable',
        start,
        `expected a variable such as \${NAME} or \${NAME:-default}, found ${text.slice(start, start + 40).split('\n')[0]}`,
        'write $$ for a dollar that is meant as itself',
      );
    if (depth > DEEPEST) throw bad();
    const name = this.#match(NAME, start + 2);
    if (name === undefined) throw bad();
    this.#at = start + 2 + name.length;
    const operator = this.#match(OPERATOR, this.#at);
    this.#at += operator?.length ?? 0;
    if (operator === undefined) {
      if (text[this.#at] !== '}') throw bad();
      this.#at++;
      return live ? this.#value(name) : '';
    }
    const value = live ? this.#lookup(name) : undefined;
    const isSet = value !== undefined && !(operator.startsWith(':') && value === '');
    const kind = operator.at(-1)!;
    const wanted = live && (kind === '+' ? isSet : !isSet);
    const rest = this.read(true, wanted, depth + 1);
    if (text[this.#at] !== '}') throw bad();
    this.#at++;
    if (!live) return '';
    if (kind === '+') return isSet ? rest : '';
    if (isSet) return value;
    if (kind === '-') return rest;
    throw new InterpolationError(
      'required-variable',
      start,
      `the variable ${name} is ${value === undefined ? 'not set' : 'empty'}${rest === '' ? '' : `: ${rest}`}`,
      `set ${name} in the environment`,
    );
  }

  #value(name: string): string {
    const value = this.#lookup(name);
    if (value === undefined && !this.unset.includes(name)) this.unset.push(name);
    return value ?? '';
  }

  #match(pattern: RegExp, at: number): string | undefined {
    pattern.lastIndex = at;
    return pattern.exec(this.#text)?.[0];
  }
}
