import type { SourceLocation } from '../errors.ts';
import { parseError } from './error.ts';
import { type FlagKind, Flags, readFlags } from './flags.ts';
import type { Heredoc, Warning, Word } from './instruction.ts';
import type { LogicalLine } from './source.ts';
import { restOfLine } from './words.ts';

/** What the parser of one kind of instruction works on. */
export class Reading {
  readonly line: LogicalLine;
  readonly escape: '\\' | '`';
  readonly heredocs: readonly Heredoc[];
  readonly warnings: Warning[];
  readonly common: { location: SourceLocation; original: string; comments: readonly string[] };
  /** Upper-cased. */
  readonly keyword: string;
  /** Where the arguments begin: after the flags, once `flags` was called. */
  from: number;

  constructor(options: {
    line: LogicalLine;
    from: number;
    keyword: string;
    escape: '\\' | '`';
    heredocs: readonly Heredoc[];
    warnings: Warning[];
    common: Reading['common'];
  }) {
    this.line = options.line;
    this.from = options.from;
    this.keyword = options.keyword;
    this.escape = options.escape;
    this.heredocs = options.heredocs;
    this.warnings = options.warnings;
    this.common = options.common;
  }

  /** Reads the flags; every instruction calls this once, also those that take none. */
  flags(kinds: Readonly<Record<string, FlagKind>> = {}): Flags {
    const { flags, rest } = readFlags(this.line, this.from, this.escape);
    this.from = rest;
    return new Flags(this.keyword, flags, kinds);
  }

  /** The rest of the line as one argument. */
  only(): Word {
    const word = restOfLine(this.line, this.from);
    if (word === undefined) this.fail(`${this.keyword} requires exactly one argument`);
    return word;
  }

  fail(message: string, hint?: string): never {
    throw parseError('invalid-argument', this.common.location, message, { hint });
  }
}
