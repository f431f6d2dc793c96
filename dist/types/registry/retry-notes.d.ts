import type { Progress } from '../progress.js';
/** What a user reads when something is tried again. */
export declare function retrying(reason: string, delayMs: number): string;
/** Retries outside of any task become one warning each. */
export declare function noteRetries(progress: Progress | undefined, name: string): ((reason: string, delayMs: number) => void) | undefined;
