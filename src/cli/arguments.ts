import { ContainerizeError, closest, didYouMean } from '../errors.ts';
import type { Arguments, Command, Option } from './command.ts';

export class UsageError extends ContainerizeError<
  | 'unknown-flag'
  | 'missing-value'
  | 'bad-value'
  | 'refused-flag'
  | 'too-few-arguments'
  | 'too-many-arguments'
  | 'unknown-command'
  | 'bad-combination'
> {}

/** Given to any command; the parser takes it out before the command sees its own flags. */
const HELP: Option = { name: 'help', short: 'h', type: 'boolean', help: 'Show this help' };

/** What the command line said: `help` means that nothing else was checked. */
export type Parsed = { help: true } | { help: false; arguments: Arguments };

/**
 * Reads flags by docker's rules: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-n=value`, bundles such as
 * `-it`, `--flag=false`; `--` ends the flags, and for `run` and `exec` the first argument does.
 */
export function parseArguments(command: Command, argv: readonly string[]): Parsed {
  const table = new OptionTable(command);
  const values = new Map<string, string[]>();
  const positional: string[] = [];
  let i = 0;
  const next = (option: Option, written: string): string => {
    const value = argv[++i];
    if (value === undefined) {
      const example = option.placeholder ?? option.type;
      throw new UsageError('missing-value', `flag ${written} needs a value: ${written} ${example}`, {
        hint: hintFor(command),
      });
    }
    return value;
  };
  for (; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') {
      positional.push(...argv.slice(i + 1));
      break;
    }
    if (word === '-' || !word.startsWith('-')) {
      if (command.stopAtFirstArgument) {
        positional.push(...argv.slice(i));
        // docker drops one `--` between the image and the command's own words only when it comes first
        break;
      }
      positional.push(word);
      continue;
    }
    if (word.startsWith('--')) {
      const equals = word.indexOf('=');
      const name = word.slice(2, equals < 0 ? undefined : equals);
      const option = table.long(name);
      if (option === HELP) return { help: true };
      const written = `--${name}`;
      const value = equals < 0 ? undefined : word.slice(equals + 1);
      add(values, option, written, value ?? (takesNextWord(option) ? next(option, written) : 'true'), command);
      continue;
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word[at]!;
      const option = table.short(letter, word);
      if (option === HELP) return { help: true };
      const written = `-${letter}`;
      const rest = word.slice(at + 1);
      if (rest.startsWith('=')) {
        add(values, option, written, rest.slice(1), command);
        break;
      }
      if (!takesNextWord(option)) {
        add(values, option, written, 'true', command);
        continue;
      }
      add(values, option, written, rest === '' ? next(option, written) : rest, command);
      break;
    }
  }
  checkCount(command, positional.length);
  return { help: false, arguments: new ParsedArguments(positional, values) };
}

/** A flag's value that the command cannot use: says which flag, what was expected and what was found. */
export function badValue(flag: string, expected: string, found: string, hint?: string): UsageError {
  return new UsageError('bad-value', `--${flag}: expected ${expected}, found "${found.slice(0, 200)}"`, { hint });
}

class OptionTable {
  readonly #command: Command;
  readonly #long = new Map<string, Option>();
  readonly #short = new Map<string, Option>();

  constructor(command: Command) {
    this.#command = command;
    for (const option of [HELP, ...command.options]) {
      for (const name of [option.name, ...(option.aliases ?? [])]) this.#long.set(name, option);
      // a command's own -h (`--hostname`, `--no-human`) wins over -h for help
      if (option.short !== undefined) this.#short.set(option.short, option);
    }
  }

  long(name: string): Option {
    const option = this.#long.get(name);
    if (option !== undefined) return refuse(option, `--${name}`);
    const guess = closest(name, this.#long.keys());
    throw new UsageError(
      'unknown-flag',
      `unknown flag: --${name}${guess === undefined ? '' : ` (did you mean --${guess}?)`}`,
      {
        hint: hintFor(this.#command),
      },
    );
  }

  short(letter: string, word: string): Option {
    const option = this.#short.get(letter);
    if (option !== undefined) return refuse(option, `-${letter}`);
    const long = word.slice(1);
    const known = this.#long.has(long) ? ` (did you mean --${long}?)` : '';
    throw new UsageError('unknown-flag', `unknown shorthand flag: "${letter}" in ${word}${known}`, {
      hint: hintFor(this.#command),
    });
  }
}

function refuse(option: Option, written: string): Option {
  if (option.refused === undefined) return option;
  throw new UsageError('refused-flag', `${written}: ${option.refused}`);
}

function takesNextWord(option: Option): boolean {
  return option.type === 'string' || option.type === 'list' || option.type === 'number';
}

function add(values: Map<string, string[]>, option: Option, written: string, value: string, command: Command): void {
  const fail = (expected: string): UsageError =>
    new UsageError('bad-value', `flag ${written}: expected ${expected}, found "${value.slice(0, 200)}"`, {
      hint: hintFor(command),
    });
  if (option.type === 'boolean') {
    const truth = BOOLEANS.get(value);
    if (truth === undefined) throw fail('true or false');
    values.set(option.name, [String(truth)]);
    return;
  }
  if (option.type === 'number' && (value.trim() === '' || !Number.isFinite(Number(value)))) throw fail('a number');
  if (option.choices !== undefined && !option.choices.includes(value)) {
    throw fail(`one of ${option.choices.join(', ')}${didYouMean(value, option.choices)}`);
  }
  if (option.type === 'list') values.set(option.name, [...(values.get(option.name) ?? []), value]);
  else values.set(option.name, [value]);
}

/** Go's strconv.ParseBool, which docker uses. */
const BOOLEANS = new Map<string, boolean>([
  ...['1', 't', 'T', 'true', 'TRUE', 'True'].map((word) => [word, true] as const),
  ...['0', 'f', 'F', 'false', 'FALSE', 'False'].map((word) => [word, false] as const),
]);

function checkCount(command: Command, count: number): void {
  const { min = 0, max = Number.POSITIVE_INFINITY } = command.arguments ?? {};
  const some = (n: number) => `${n} argument${n === 1 ? '' : 's'}`;
  const usage = { hint: `usage: containerize ${command.name} ${command.usage}` };
  if (count < min) {
    const wanted = min === max ? `exactly ${some(min)}` : `at least ${some(min)}`;
    throw new UsageError('too-few-arguments', `containerize ${command.name} needs ${wanted}, found ${count}`, usage);
  }
  if (count > max) {
    const wanted = max === 0 ? 'no arguments' : min === max ? `exactly ${some(max)}` : `at most ${some(max)}`;
    throw new UsageError('too-many-arguments', `containerize ${command.name} takes ${wanted}, found ${count}`, usage);
  }
}

function hintFor(command: Command): string {
  return `see containerize ${command.name === '' ? '' : `${command.name} `}--help`;
}

class ParsedArguments implements Arguments {
  readonly positional: readonly string[];
  readonly #values: ReadonlyMap<string, readonly string[]>;

  constructor(positional: readonly string[], values: ReadonlyMap<string, readonly string[]>) {
    this.positional = positional;
    this.#values = values;
  }

  flag(name: string): boolean {
    return this.maybeFlag(name) ?? false;
  }

  maybeFlag(name: string): boolean | undefined {
    const value = this.string(name);
    return value === undefined ? undefined : value === 'true';
  }

  string(name: string): string | undefined {
    return this.#values.get(name)?.at(-1);
  }

  list(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  number(name: string): number | undefined {
    const value = this.string(name);
    return value === undefined ? undefined : Number(value);
  }
}
