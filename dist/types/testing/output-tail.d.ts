import { Writable } from 'node:stream';
/** Hears output; a promise asks to wait before the next chunk. */
type OnChunk = (stream: 'stdout' | 'stderr', chunk: Buffer) => Promise<void> | void;
/** The last lines of what several streams write; each chunk is handed on as well. */
export declare class OutputTail {
    #private;
    constructor(onChunk: OnChunk);
    /** A sink for one of the streams. */
    sink(stream: 'stdout' | 'stderr'): Writable;
    /** Ends the sinks, once all that was written to them has been heard. */
    end(): Promise<void>;
    lines(): string[];
}
export {};
