/** `64m`, `1.5GiB`, `1024`: bytes, units are powers of 1024; undefined when it is none. */
export declare function parseSize(text: string): number | undefined;
