/** Letters, digits and `_`, as `\w` and `\b` have them. */
export declare const isWord: (c: number) => boolean;
/** `\d`, `\s` and `\w`, by their letter. */
export declare const PERL: Readonly<Record<string, (c: number) => boolean>>;
/** `[:alpha:]` and the like. */
export declare const POSIX: Readonly<Record<string, (c: number) => boolean>>;
/** A character in all its cases. */
export declare function variants(code: number): number[];
/** `\pL`, `\p{Greek}`; undefined when there is none of that name. */
export declare function unicodeClass(name: string): ((code: number) => boolean) | undefined;
