/** Masks of 64 bits do not fit into a number: they become bigint, so that no bit of a filter is lost. */
export declare function parseJson(json: string): unknown;
