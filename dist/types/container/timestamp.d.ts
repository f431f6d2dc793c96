/** Docker's `--since`: `10m` (before now), `1700000000[.5]`, `2026-01-02`, `2026-01-02T03:04:05[Z]`. Milliseconds, undefined when it is none. */
export declare function parseTimestamp(text: string, now: number): number | undefined;
/** Milliseconds of an RFC 3339 time, with the fraction that Date drops. */
export declare function timeOf(text: string): number;
