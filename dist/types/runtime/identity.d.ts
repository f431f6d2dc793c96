/** What /proc says of a process that is alive. */
export interface ProcessFacts {
    /** Clock ticks after boot; a reused pid has another. */
    startTime: string;
    /** R, S, D, T, Z, … */
    state: string;
}
/** Facts of a process, or undefined when there is none. */
export declare function processFacts(pid: number): Promise<ProcessFacts | undefined>;
/** True when the very process is there and not just waiting to be reaped. */
export declare function isAlive(pid: number, startTime: string): Promise<boolean>;
