import type { Word } from './instruction.js';
import type { LogicalLine } from './source.js';
/**
 * `["a", "b"]` after an instruction. undefined when it is not JSON at all: then it is the shell form, as Docker has it.
 * An array with anything but strings in it is an error: nobody means that as a command.
 */
export declare function jsonForm(line: LogicalLine, from: number): Word[] | undefined;
/** The rest looks like a JSON array that went wrong: worth a warning, because it silently became the shell form. */
export declare function looksLikeJson(text: string): boolean;
