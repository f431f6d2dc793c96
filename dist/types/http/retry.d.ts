export interface RetryPolicy {
    retries: number;
    baseDelayMs: number;
    maxDelayMs: number;
}
/** Longest pause that a server may ask for; a longer one is the user's to decide. */
export declare const LONGEST_RETRY_AFTER_MS = 120000;
export declare function isTransientStatus(status: number): boolean;
/** Whether the same request may work when sent again. */
export declare function isTransientError(error: unknown): boolean;
/** Exponential backoff with jitter: attempt 0 waits between half and all of the base. */
export declare function backoff(attempt: number, policy: RetryPolicy): number;
/** Milliseconds that a Retry-After header asks for: seconds, or a date. */
export declare function retryAfterMs(header: string | undefined, now?: number): number | undefined;
export declare function pause(ms: number, signal: AbortSignal | undefined): Promise<void>;
