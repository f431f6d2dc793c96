/**
 * Replaces secret values in a stream of output, also where a value is cut between two chunks: the end of a chunk that
 * may be the beginning of a secret is held back until the next one tells.
 */
export declare class OutputMask {
    #private;
    constructor(values: Iterable<Uint8Array>);
    /** What may be shown of everything so far. */
    write(chunk: Uint8Array): Buffer;
    /** What was held back, when no more comes. */
    end(): Buffer;
}
/** A text with the secrets replaced: for error messages. */
export declare function maskText(text: string, values: Iterable<Uint8Array>): string;
