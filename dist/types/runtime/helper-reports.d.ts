import type { Readable } from 'node:stream';
import type { HelperReport } from './helper-error.js';
/**
 * The helper's report lines, decoded. `hear` is called for each at once and says whether it is also kept for the
 * iterator.
 */
export declare class ReportQueue implements AsyncIterable<HelperReport> {
    #private;
    /** Resolves when the helper has closed its end. */
    readonly ended: Promise<void>;
    constructor(source: Readable, hear: (report: HelperReport) => boolean);
    /** Ends the iteration with an error. */
    fail(error: unknown): void;
    [Symbol.asyncIterator](): AsyncGenerator<HelperReport, void, undefined>;
}
