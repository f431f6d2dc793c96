import { Writable } from 'node:stream';
/** The last lines of what several streams write; each chunk is handed on as well. */
export declare class OutputTail {
    #private;
    constructor(onChunk: (stream: 'stdout' | 'stderr', chunk: Buffer) => void);
    /** A sink for one of the streams. */
    sink(stream: 'stdout' | 'stderr'): Writable;
    lines(): string[];
}
