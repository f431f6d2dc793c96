/**
 * `64m`, `1.5GiB`, `.5g`, `1024`: a size as docker's flags and the Dockerfile take it, in bytes; units are powers of 1024.
 * Undefined when it is none, or more than can be counted.
 */
export declare function parseSize(text: string): number | undefined;
