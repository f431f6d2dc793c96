import type { SourceLocation } from '../errors.js';
import type { Word } from './instruction.js';
/** A text and its line starts, to turn offsets into lines and columns in logarithmic time. */
export declare class Source {
    #private;
    readonly file: string;
    readonly text: string;
    /** Offsets of the first character of each line. */
    readonly lineStarts: readonly number[];
    constructor(file: string, text: string);
    get lineCount(): number;
    /** Offsets of line `index` (from 0): its first character, and the one after its last, without the line end. */
    line(index: number): {
        start: number;
        end: number;
        next: number;
    };
    /** The place of the characters from `start` up to, not including, `end`. */
    location(start: number, end: number): SourceLocation;
}
/**
 * One instruction as the language sees it: continuations joined, comments gone. Positions in `text` lead back to the
 * file through `pieces`.
 */
export declare class LogicalLine {
    #private;
    readonly source: Source;
    readonly text: string;
    /** Where the last physical line ends. */
    readonly end: number;
    constructor(source: Source, pieces: readonly {
        text: string;
        offset: number;
    }[], end: number);
    /** The place of `text.slice(from, to)`. */
    location(from: number, to: number): SourceLocation;
    /** The word `text.slice(from, to)`. */
    word(from: number, to: number): Word;
}
