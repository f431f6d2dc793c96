/**
 * Path patterns: `*` and `?` within one part, `**` for any depth, `[a-z]`, `[^a-z]`, backslash. All alternatives are
 * followed at once, so that time is length × pattern: with regular expressions a few stars could stop a build.
 */
export type Glob = (path: string) => boolean;
/** undefined when the pattern is malformed. */
export declare function compileGlob(text: string): Glob | undefined;
