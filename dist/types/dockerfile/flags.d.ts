import type { Word } from './instruction.js';
import type { LogicalLine } from './source.js';
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
export declare function readFlags(line: LogicalLine, from: number, escapeChar: string): {
    flags: Flag[];
    rest: number;
};
/** Flags of one instruction, checked against what it takes. */
export declare class Flags {
    #private;
    constructor(instruction: string, flags: readonly Flag[], kinds: Readonly<Record<string, FlagKind>>);
    value(name: string): FlagValue | undefined;
    /** The value as plain data, without the means to cut it. */
    word(name: string): Word | undefined;
    values(name: string): FlagValue[];
    words(name: string): Word[];
    /** undefined when the flag was not given. */
    boolean(name: string): boolean | undefined;
    flag(name: string): Flag | undefined;
}
