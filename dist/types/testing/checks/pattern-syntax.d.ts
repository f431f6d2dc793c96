/** What a pattern is made of. `test` looks at one character, by its code point. */
export type PatternNode = {
    readonly kind: 'character';
    readonly test: (code: number) => boolean;
} | {
    readonly kind: 'assertion';
    readonly at: Assertion;
} | {
    readonly kind: 'sequence' | 'choice';
    readonly of: readonly PatternNode[];
} | {
    readonly kind: 'repeat';
    readonly of: PatternNode;
    readonly min: number;
    readonly max: number;
};
export type Assertion = 'begin' | 'end' | 'line-begin' | 'line-end' | 'word-edge' | 'no-word-edge';
/** What is wrong with a pattern; `offset` counts its characters. */
export declare class PatternError extends Error {
    readonly offset: number;
    constructor(message: string, offset: number);
}
/**
 * Reads a regular expression in the syntax of RE2, which container-structure-test's files are written in: no look-around,
 * no back references; `$` is the end of the text, unless `(?m)` stands before it. @throws PatternError
 */
export declare function parsePattern(source: string): PatternNode;
