/**
 * Runs `work` for each item, at most `parallel` at once. The first failure stops the others through their signal; nothing
 * runs on when the caller hears of it.
 */
export declare function allOrNothing<T>(items: readonly T[], options: {
    parallel: number;
    signal?: AbortSignal | undefined;
}, work: (item: T, signal: AbortSignal) => Promise<void>): Promise<void>;
