/** A line of somebody's source. */
export interface TracePlace {
    file: string;
    line: number;
}
/**
 * The line that a trace is about: Python tells it last, all others first. A line in the test's own file is preferred,
 * since a failed expectation is often reported from a helper.
 */
export declare function placeInTrace(trace: string, ownFile?: string): TracePlace | undefined;
