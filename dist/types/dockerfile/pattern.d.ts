/**
 * Shell patterns inside `${name#pattern}` and `${name/pattern/…}`: `*` and `?` (neither crosses a line end), a
 * backslash before `*`, `?`, `\`, `/` and `}`; no bracket classes. Matching simulates all alternatives at once, so
 * time is length × pattern, whatever the pattern.
 */
export type Pattern = readonly (string | typeof ANY | typeof STAR)[];
declare const ANY: unique symbol;
declare const STAR: unique symbol;
/** Throws a plain Error naming the bad escape. */
export declare function compilePattern(text: string): Pattern;
/** `${value#pattern}` and, longest, `${value##pattern}`. */
export declare function trimPrefix(pattern: Pattern, value: string, longest: boolean): string;
/** `${value%pattern}` and, longest, `${value%%pattern}`. */
export declare function trimSuffix(pattern: Pattern, value: string, longest: boolean): string;
/** `${value/pattern/replacement}`: the first match. */
export declare function replaceFirst(pattern: Pattern, value: string, replacement: string): string;
/** `${value//pattern/replacement}`: every match. As in BuildKit `$0` is the match, other `$name` nothing, `$$` a dollar. */
export declare function replaceAll(pattern: Pattern, value: string, replacement: string): string;
export {};
