import type { Readable, Writable } from 'node:stream';
import type { Engine } from '../pipeline/wire.ts';

/** One command of the terminal door: data for the parser, for `--help` and for shell completion, and what it does. */
export interface Command {
  /** Words after `containerize`: `build`, `system prune`, `oci create`. */
  name: string;
  /** Other names that people type: `image ls` for `images`. */
  aliases?: readonly string[];
  /** One line for the list of commands. */
  summary: string;
  /** What follows the name in the usage line: `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
  usage: string;
  options: readonly Option[];
  /** Flags end at the first argument: what follows belongs to the container (`run`, `exec`). */
  stopAtFirstArgument?: boolean;
  /** Least and most arguments that are not flags. */
  arguments?: { min?: number; max?: number };
  /** Each a command line and what it is for. */
  examples: readonly (readonly [line: string, purpose: string])[];
  /** Left out of the list of commands (docker's older spellings, `engine`). */
  hidden?: boolean;
  run(args: Arguments, context: CommandContext): Promise<number>;
}

export interface Option {
  /** Long name without dashes. */
  name: string;
  short?: string;
  aliases?: readonly string[];
  /** `boolean` takes `--x`, `--x=false`; `list` may be given several times; `optional` takes a value only as `--x=V`. */
  type: 'boolean' | 'string' | 'list' | 'number' | 'optional';
  /** Shown in help: `NAME[:TAG]`. */
  placeholder?: string;
  choices?: readonly string[];
  help: string;
  /** When present, using the option is an error that says this (known to docker, not done here). */
  refused?: string;
}

/** A command's name and summary, known without loading its code: help, completion and dispatch start fast. */
export interface CommandEntry {
  /** Words after `containerize`. */
  name: string;
  summary: string;
  /** Other spellings: docker's `container run`, `image ls`. */
  aliases?: readonly string[];
  group?: 'Commands' | 'Images' | 'Containers' | 'Registries' | 'System';
  hidden?: boolean;
  /** Works for anybody: no namespaces, no files of root's. The privilege ladder is left alone. */
  unprivileged?: boolean;
  load(): Promise<{ command: Command }>;
}

/** Parsed flags and what is left. Names are the options' long names. */
export interface Arguments {
  positional: readonly string[];
  flag(name: string): boolean;
  /** undefined when not given: lets a default depend on other things. */
  maybeFlag(name: string): boolean | undefined;
  string(name: string): string | undefined;
  list(name: string): readonly string[];
  number(name: string): number | undefined;
}

/** What a command may touch. Commands never use `process`: on the sudo and userns rungs they run in another process than the user's. */
export interface CommandContext {
  io: Terminal;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  home: string;
  /** Who owns what is written for the user: the caller, not root. */
  owner: { uid: number; gid: number };
  /** Aborted on SIGINT, SIGTERM and when the door is gone. */
  signal: AbortSignal;
  /** Stores and mechanisms, each opened when first asked for. */
  engine(): Promise<Engine>;
}

export interface Terminal {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  isTerminal: { stdin: boolean; stdout: boolean; stderr: boolean };
  /** True when stdin, stdout and stderr are the user's own descriptors 0, 1 and 2, so that a container may inherit them. */
  inheritable: boolean;
  size(): { columns: number; rows: number };
  onResize(listener: () => void): () => void;
  setRawMode(on: boolean): void;
  /** Signals meant for the container (`--sig-proxy`): calls back with `SIGTERM`, … */
  onSignal(listener: (signal: NodeJS.Signals) => void): () => void;
}
