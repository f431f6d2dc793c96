import type { Word } from './instruction.js';
import type { LogicalLine } from './source.js';
/** Words separated by blanks, quotes of no meaning: FROM, EXPOSE, paths of COPY, ADD and VOLUME. */
export declare function plainWords(line: LogicalLine, from: number): Word[];
/** Words separated by blanks outside quotes; quotes and escapes stay in the words: ENV, LABEL, ARG. */
export declare function quotedWords(line: LogicalLine, from: number, escapeChar: string): {
    word: Word;
    from: number;
}[];
/** The rest of the line as one word, or undefined when there is none. */
export declare function restOfLine(line: LogicalLine, from: number): Word | undefined;
export declare function skipBlanks(text: string, from: number): number;
export declare function isBlank(ch: string): boolean;
