import type { SourceLocation } from '../errors.js';
/**
 * `.dockerignore`, by the rules of moby/patternmatcher: the last matching line wins, `!` takes back, a match on any
 * parent folder counts, `**` is any depth. Paths are relative to the context, with `/`, without a leading one.
 */
export interface IgnorePattern {
    /** As compared: cleaned, without `!`. */
    text: string;
    /** `!`: takes back what an earlier line matched. */
    negated: boolean;
    location: SourceLocation | undefined;
    matches(path: string): boolean;
}
/** Which patterns matched a folder or one of its parents: handed down the tree, so that no parent is matched twice. */
export type IgnoreState = Uint8Array;
export declare class IgnoreMatcher {
    #private;
    readonly patterns: readonly IgnorePattern[];
    constructor(patterns: readonly IgnorePattern[]);
    get isEmpty(): boolean;
    /** The state of the context's root. */
    top(): IgnoreState;
    /** Is `path`, whose parent folder has state `parent`, ignored? `state` is for its own children. */
    step(path: string, parent: IgnoreState): {
        ignored: boolean;
        state: IgnoreState;
    };
    ignores(path: string): boolean;
    /** The line that makes `path` ignored; undefined when it is not. */
    reason(path: string): IgnorePattern | undefined;
    /** Could something below the ignored folder `path` be taken back? When not, the folder need not be read. */
    mayTakeBackBelow(path: string): boolean;
}
/** Reads an ignore file. Throws a DockerfileError that names the line of a bad pattern. */
export declare function parseIgnore(text: string, file: string): IgnoreMatcher;
/** Patterns of `COPY --exclude`: the same rules, relative to the source. */
export declare function ignoreMatcher(patterns: readonly {
    text: string;
    location?: SourceLocation;
}[]): IgnoreMatcher;
/** Go's filepath.Clean for slashes: `a//b/./c/../d/` → `a/b/d`; empty stays empty. */
export declare function cleanPath(path: string): string;
