import type { SourceLocation } from '../errors.js';
import { type FlagKind, Flags } from './flags.js';
import type { Heredoc, Warning, Word } from './instruction.js';
import type { LogicalLine } from './source.js';
/** What the parser of one kind of instruction works on. */
export declare class Reading {
    readonly line: LogicalLine;
    readonly escape: '\\' | '`';
    readonly heredocs: readonly Heredoc[];
    readonly warnings: Warning[];
    readonly common: {
        location: SourceLocation;
        original: string;
        comments: readonly string[];
    };
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
    });
    /** Reads the flags; every instruction calls this once, also those that take none. */
    flags(kinds?: Readonly<Record<string, FlagKind>>): Flags;
    /** The rest of the line as one argument. */
    only(): Word;
    fail(message: string, hint?: string): never;
}
