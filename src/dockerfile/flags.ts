import { didYouMean } from '../errors.ts';
import { parseError } from './error.ts';
import type { Word } from './instruction.ts';
import type { LogicalLine } from './source.ts';
import { isBlank, skipBlanks } from './words.ts';

/** `--name`, `--name=value` before an instruction's arguments. */
export interface Flag {
  name: string;
  /** The whole flag. */
  word: Word;
  /** Absent for `--name`. Quotes and escapes are gone, as in Docker's parser. */
  value?: FlagValue;
}

/** A value that knows where each of its characters stands. */
export interface FlagValue extends Word {
  /** The place of `text.slice(from, to)`. */
  part(from: number, to: number): Word;
}

export type FlagKind = 'string' | 'boolean' | 'list';

/** Reads the flags that begin at `from`; gives what was found and where the arguments begin. */
export function readFlags(line: LogicalLine, from: number, escapeChar: string): { flags: Flag[]; rest: number } {
  const flags: Flag[] = [];
  let at = skipBlanks(line.text, from);
  while (line.text.startsWith('--', at)) {
    const token = readToken(line, at, escapeChar);
    at = skipBlanks(line.text, token.end);
    // A lone `--` ends the flags.
    if (token.text === '--') break;
    const equals = token.text.indexOf('=');
    const nameEnd = equals === -1 ? token.text.length : equals;
    flags.push({
      name: token.text.slice(2, nameEnd),
      word: token.part(0, token.text.length),
      ...(equals === -1
        ? {}
        : {
            value: {
              ...token.part(equals + 1, token.text.length),
              part: (a: number, b: number) => token.part(equals + 1 + a, equals + 1 + b),
            },
          }),
    });
  }
  return { flags, rest: at };
}

function readToken(line: LogicalLine, from: number, escapeChar: string) {
  const { text } = line;
  const characters: string[] = [];
  const places: number[] = [];
  let at = from;
  let quote = '';
  for (; at < text.length; at++) {
    let ch = text[at]!;
    if (quote === '' && isBlank(ch)) break;
    if (ch === escapeChar && quote !== "'") {
      if (at + 1 === text.length) continue;
      ch = text[++at]!;
    } else if (quote === '' ? ch === '"' || ch === "'" : ch === quote) {
      quote = quote === '' ? ch : '';
      continue;
    }
    characters.push(ch);
    places.push(at);
  }
  const value = characters.join('');
  return {
    text: value,
    end: at,
    part: (a: number, b: number): Word => {
      const start = places[a] ?? at;
      return { text: value.slice(a, b), location: line.location(start, b > a ? places[b - 1]! + 1 : start) };
    },
  };
}

/** Flags of one instruction, checked against what it takes. */
export class Flags {
  readonly #instruction: string;
  readonly #kinds: Readonly<Record<string, FlagKind>>;
  readonly #found = new Map<string, Flag[]>();

  constructor(instruction: string, flags: readonly Flag[], kinds: Readonly<Record<string, FlagKind>>) {
    this.#instruction = instruction;
    this.#kinds = kinds;
    for (const flag of flags) this.#add(flag);
  }

  #add(flag: Flag): void {
    const { name } = flag;
    const kind = Object.hasOwn(this.#kinds, name) ? this.#kinds[name] : undefined;
    if (kind === undefined) {
      const names = Object.keys(this.#kinds);
      const known = names.length === 0 ? 'takes no flags' : `takes --${names.join(', --')}`;
      throw parseError('unknown-flag', flag.word.location, `unknown flag: --${name}${didYouMean(name, names)}`, {
        hint: `${this.#instruction} ${known}`,
      });
    }
    const earlier = this.#found.get(name);
    if (earlier && kind !== 'list') {
      throw parseError('invalid-flag', flag.word.location, `duplicate flag specified: --${name}`);
    }
    if (kind === 'boolean' && flag.value !== undefined && !/^(true|false)$/i.test(flag.value.text)) {
      throw parseError(
        'invalid-flag',
        flag.value.location,
        `expecting boolean value for flag --${name}, not: ${flag.value.text || 'nothing'}`,
        { hint: `write --${name}, --${name}=true or --${name}=false` },
      );
    }
    if (kind !== 'boolean' && (flag.value === undefined || flag.value.text === '')) {
      throw parseError('invalid-flag', flag.word.location, `missing a value on flag: --${name}`, {
        hint: `write --${name}=VALUE, without a blank in between`,
      });
    }
    if (earlier) earlier.push(flag);
    else this.#found.set(name, [flag]);
  }

  value(name: string): FlagValue | undefined {
    return this.#found.get(name)?.[0]?.value;
  }

  /** The value as plain data, without the means to cut it. */
  word(name: string): Word | undefined {
    return plain(this.value(name));
  }

  values(name: string): FlagValue[] {
    return (this.#found.get(name) ?? []).map((flag) => flag.value!);
  }

  words(name: string): Word[] {
    return this.values(name).map((value) => plain(value)!);
  }

  /** undefined when the flag was not given. */
  boolean(name: string): boolean | undefined {
    const flag = this.#found.get(name)?.[0];
    return flag && flag.value?.text.toLowerCase() !== 'false';
  }

  flag(name: string): Flag | undefined {
    return this.#found.get(name)?.[0];
  }
}

function plain(value: FlagValue | undefined): Word | undefined {
  return value && { text: value.text, location: value.location };
}
