/** How Go prints values: history lines are compared and parsed by tools that know docker's spelling. */
/** `%v` of a list: `[a b]`. */
export declare function goList(words: readonly string[]): string;
/** `%q` of a list: `["a" "b"]`. */
export declare function goQuoted(words: readonly string[]): string;
/** `%v` of a duration in nanoseconds: `1m30s`, `500ms`, `0s`. */
export declare function goDuration(nanoseconds?: number): string;
