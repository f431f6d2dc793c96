/** One line of the log: what a container wrote at once, in Docker's json-file form. */
export interface LogEntry {
    log: string;
    stream: 'stdout' | 'stderr';
    /** RFC 3339 with nanoseconds. */
    time: string;
}
export interface LogOptions {
    /** Keep reading until the container ends. */
    follow?: boolean;
    /** The last N lines; undefined: all. */
    tail?: number;
    /** Milliseconds since 1970. */
    since?: number;
    until?: number;
    signal?: AbortSignal;
}
/** The entries of a container's log, oldest first. With `follow` it goes on until `isOver` says that nothing will come. */
export declare function readLog(path: string, options: LogOptions, isOver: () => Promise<boolean>): AsyncGenerator<LogEntry, void, undefined>;
/** What `--since` and `--until` take: a duration before now, a Unix time, or a date. Milliseconds. */
export declare function parseLogTime(text: string, now?: number): number | undefined;
