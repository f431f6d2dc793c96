import type { Heredoc, Warning } from './instruction.js';
import { LogicalLine, type Source } from './source.js';
/** One instruction's line, what stood above it, and the documents below it. */
export interface Statement {
    line: LogicalLine;
    comments: string[];
    heredocs: Heredoc[];
    /** Offset after the last character that belongs to it. */
    end: number;
}
/** Splits a file into instructions: continuations joined, comments taken out, heredoc bodies collected. `first`: the line to begin with. */
export declare function statements(source: Source, escapeChar: '\\' | '`', warnings: Warning[], first?: number): Generator<Statement>;
