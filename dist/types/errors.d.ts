/**
 * What the user sees when something cannot be done. `code` is for programs, `message` says what was expected and what
 * was found, `hint` what to do next, `location` where in the text that the user wrote. Each area derives its own class
 * with a union of codes, so that a misspelt code does not compile.
 */
export declare class ContainerizeError<Code extends string = string> extends Error {
    readonly code: Code;
    readonly hint: string | undefined;
    readonly location: SourceLocation | undefined;
    constructor(code: Code, message: string, options?: ErrorDetails);
}
export interface ErrorDetails {
    cause?: unknown;
    hint?: string | undefined;
    location?: SourceLocation | undefined;
}
/** A place in a file that the user wrote. Lines and columns start at 1; `endColumn` is exclusive. */
export interface SourceLocation {
    file: string;
    line: number;
    column?: number;
    endLine?: number;
    endColumn?: number;
    /** The whole text of the file, when it is known, so that a door can print the excerpt. */
    text?: string;
}
/** The sentence of any thrown value, without its stack. */
export declare function messageOf(error: unknown): string;
/** The system's or area's code of any thrown value: 'ENOENT', 'digest-mismatch', … */
export declare function codeOf(error: unknown): string | undefined;
/** `error` and what caused it, outermost first. */
export declare function causesOf(error: unknown): unknown[];
/** The candidate closest to `word` by edit distance, when it is close enough to be what was meant. */
export declare function closest(word: string, candidates: Iterable<string>): string | undefined;
/** " (did you mean X?)" or nothing: to append to a message. */
export declare function didYouMean(word: string, candidates: Iterable<string>): string;
