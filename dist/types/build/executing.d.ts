import type { Recorded } from './records.js';
export declare function executingIn(folder: string): Map<string, Promise<Recorded>>;
/** Waits for somebody else's execution: undefined when it failed. */
export declare function ended(running: Promise<Recorded>, signal: AbortSignal): Promise<Recorded | undefined>;
