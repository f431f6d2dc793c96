import { formatPlatform, type Platform } from '../oci/platform.ts';
import { parseError } from './error.ts';
import { ExpansionFault, expand } from './expand.ts';
import type { ArgInstruction, Dockerfile, EnvInstruction, Heredoc, KeyValue, Word } from './instruction.ts';

/** Names that a RUN sees without ARG when they are given as build args; they never reach keys, history or image. */
const PROXY_NAMES = new Set(
  ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [name, name.toLowerCase()]),
);

export interface GlobalScopeOptions {
  buildArgs: Readonly<Record<string, string>>;
  /** Where the build runs. */
  build: Platform;
  /** What is built for. */
  target: Platform;
  /** `default` when no target was named. */
  targetStage?: string;
}

/** What FROM lines see: ARGs before the first FROM and the automatic platform args. */
export class GlobalScope {
  readonly buildArgs: Readonly<Record<string, string>>;
  readonly escape: '\\' | '`';
  readonly #values = new Map<string, string>();

  constructor(dockerfile: Pick<Dockerfile, 'globalArgs' | 'directives'>, options: GlobalScopeOptions) {
    this.buildArgs = options.buildArgs;
    this.escape = dockerfile.directives.escape;
    const automatic = [
      ...platformArgs('BUILD', options.build),
      ...platformArgs('TARGET', options.target),
      ['TARGETSTAGE', options.targetStage || 'default'] as const,
    ];
    for (const [name, value] of automatic) this.#values.set(name, this.#given(name) ?? value);
    for (const instruction of dockerfile.globalArgs) {
      for (const { name, value } of instruction.args) {
        // A default is looked at only when nothing was given, so that `${X:?}` in it can demand one.
        const result = this.#given(name) ?? (value === undefined ? undefined : this.expand(value));
        if (result !== undefined) this.#values.set(name, result);
      }
    }
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  /** Names that FROM lines can use, for "did you mean". */
  names(): string[] {
    return [...this.#values.keys()];
  }

  /** Expands a word of a FROM line. */
  expand(word: Word): string {
    return expandWord(word, this.escape, (name) => this.#values.get(name)).value;
  }

  #given(name: string): string | undefined {
    return Object.hasOwn(this.buildArgs, name) ? this.buildArgs[name] : undefined;
  }
}

function platformArgs(prefix: 'BUILD' | 'TARGET', platform: Platform): [string, string][] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, platform['os.version'] ?? ''],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ''],
  ];
}

/**
 * ARG and ENV of one stage while its instructions are read in order. Whatever came last wins, so an ARG after an ENV
 * of the same name hides it for what follows, though the image keeps the ENV: BuildKit's rule, not its manual's.
 */
export class StageScope {
  readonly #global: GlobalScope;
  readonly #values: Map<string, string>;
  readonly #declared: { name: string; value: string | undefined }[];

  /** `from`: the base image's `Env`, or the stage that this one builds on, whose state is copied. */
  constructor(global: GlobalScope, from: readonly string[] | StageScope) {
    this.#global = global;
    if (from instanceof StageScope) {
      this.#values = new Map(from.#values);
      this.#declared = [...from.#declared];
      return;
    }
    this.#values = new Map();
    this.#declared = [];
    for (const entry of from) {
      const equals = entry.indexOf('=');
      if (equals === -1) this.#set(entry, '');
      else this.#set(entry.slice(0, equals), entry.slice(equals + 1));
    }
  }

  get escape(): '\\' | '`' {
    return this.#global.escape;
  }

  get(name: string): string | undefined {
    return this.#values.get(name);
  }

  arg(instruction: ArgInstruction): void {
    const { buildArgs } = this.#global;
    for (const { name, value } of instruction.args) {
      let result: string | undefined;
      if (Object.hasOwn(buildArgs, name)) result = buildArgs[name];
      else if (value !== undefined) result = this.expand(value);
      else result = this.#global.get(name);
      if (result !== undefined) this.#set(name, result);
      this.#declared.push({ name, value: result });
    }
  }

  /** Applies an ENV; gives the pairs that go into the image config. */
  env(instruction: EnvInstruction): [name: string, value: string][] {
    const pairs = this.pairs(instruction.pairs);
    for (const [name, value] of pairs) this.#set(name, value);
    return pairs;
  }

  /** Expands names and values of ENV or LABEL. All see the environment as it was before the instruction. */
  pairs(pairs: readonly KeyValue[]): [name: string, value: string][] {
    return pairs.map(({ key, value }) => [this.expand(key), this.expand(value)]);
  }

  expand(word: Word): string {
    return expandWord(word, this.escape, (name) => this.#values.get(name)).value;
  }

  /** Expands and then splits at blanks: EXPOSE. */
  expandWords(word: Word): string[] {
    return expandWord(word, this.escape, (name) => this.#values.get(name)).words;
  }

  /** Body of a COPY or ADD heredoc: variables, but quotes are ordinary characters. */
  expandHeredoc(heredoc: Heredoc): string {
    if (!heredoc.expand) return heredoc.content;
    const word = { text: heredoc.content, location: heredoc.location };
    return expandWord(word, this.escape, (name) => this.#values.get(name), { skipQuotes: true }).value;
  }

  /** An instruction as one reads it in progress: variables filled in where they are known. Never throws. */
  display(text: string): string {
    try {
      return expand(text, {
        escape: this.escape,
        lookup: (name) => this.#values.get(name),
        keepUnset: true,
        rawQuotes: true,
        rawEscapes: true,
      }).value;
    } catch {
      return text;
    }
  }

  /** `K=V` for RUN: ENV and declared ARGs, without the proxies. */
  runEnvironment(): string[] {
    return [...this.#values].map(([name, value]) => `${name}=${value}`);
  }

  /** `K=V` of ARGs that this stage declared, in order: the `|N` part of a RUN's history. */
  declaredArgs(): string[] {
    return this.#declared.map(({ name, value }) => `${name}=${this.#values.get(name) ?? value ?? ''}`);
  }

  /** `K=V` of proxies given as build args: for the RUN's environment, not for its key. */
  proxies(): string[] {
    return Object.entries(this.#global.buildArgs)
      .filter(([name]) => PROXY_NAMES.has(name) && !this.#values.has(name))
      .map(([name, value]) => `${name}=${value}`);
  }

  /** A name that is set again moves to the end, as in BuildKit's environment. */
  #set(name: string, value: string): void {
    this.#values.delete(name);
    this.#values.set(name, value);
  }
}

/** Build args that something reads though no ARG declares them. */
export function isPredefinedArg(name: string): boolean {
  return (
    PROXY_NAMES.has(name) ||
    name.startsWith('BUILDKIT_') ||
    name === 'SOURCE_DATE_EPOCH' ||
    /^(BUILD|TARGET)(PLATFORM|OS|OSVERSION|ARCH|VARIANT|STAGE)$/.test(name)
  );
}

/** Expands one word, turning a fault into an error that points into it. */
function expandWord(
  word: Word,
  escapeToken: '\\' | '`',
  lookup: (name: string) => string | undefined,
  options: { skipQuotes?: boolean } = {},
): { value: string; words: string[]; missing: Set<string> } {
  // Most words have nothing to expand.
  if (!/[$'"\\`\s]/.test(word.text)) {
    return { value: word.text, words: word.text === '' ? [] : [word.text], missing: new Set() };
  }
  try {
    return expand(word.text, { escape: escapeToken, lookup, ...options });
  } catch (error) {
    if (!(error instanceof ExpansionFault)) throw error;
    const shown = word.text.length > 200 ? `${word.text.slice(0, 200)}…` : word.text;
    throw parseError(
      'bad-expansion',
      narrowed(word, error.at),
      `failed to process ${JSON.stringify(shown)}: ${error.message}`,
      {
        hint: 'a dollar sign that is meant as itself is written \\$',
      },
    );
  }
}

/** The place inside the word, when the word stands in the file as it is. */
function narrowed(word: Word, at: number) {
  const { location } = word;
  const sameLine = location.endLine === undefined || location.endLine === location.line;
  const width = (location.endColumn ?? 0) - (location.column ?? 0);
  if (!sameLine || width !== word.text.length || location.column === undefined) return location;
  return { ...location, column: location.column + at };
}
