/**
 * Variables, quotes and escapes of one word, by BuildKit's rules: `$n ${n} ${n:-w} ${n-w} ${n:+w} ${n+w} ${n:?m}
 * ${n?m} ${n#p} ${n##p} ${n%p} ${n%%p} ${n/p/r} ${n//p/r}`, nested as deep as one likes.
 */
export interface ExpandOptions {
    /** The escape character: a backslash, or what the escape directive chose. */
    escape: '\\' | '`';
    /** undefined: not set, which differs from empty. */
    lookup(name: string): string | undefined;
    /** Quotes are ordinary characters (heredoc bodies). */
    skipQuotes?: boolean;
    /** Quotes stay in the result. */
    rawQuotes?: boolean;
    /** Escape characters stay in the result. */
    rawEscapes?: boolean;
    /** Unset variables stay as they were written (step names). */
    keepUnset?: boolean;
}
export interface Expanded {
    value: string;
    /** The value split at blanks that were neither quoted nor escaped. */
    words: string[];
    /** Names that were looked up and found. */
    used: Set<string>;
    /** Names that were looked up and not set. */
    missing: Set<string>;
}
/** What is wrong in a word, and where in it. Callers turn it into an error with a place in the file. */
export declare class ExpansionFault extends Error {
    readonly at: number;
    constructor(message: string, at: number);
}
export declare function expand(text: string, options: ExpandOptions): Expanded;
