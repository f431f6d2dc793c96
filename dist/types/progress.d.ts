/**
 * How work that takes long tells about itself. The doors implement it (terminal, plain log, Actions groups, JSON
 * lines); everything below only calls it. Implementations must never throw and must be cheap to call often.
 */
export interface Progress {
    /** Begins one visible piece of work: a build step, a transfer, a container start. */
    start(task: TaskInfo): Task;
    /** Something the user should read once, not tied to a task. */
    warn(message: string): void;
}
export interface TaskInfo {
    /** What is shown, such as `[build 2/5] RUN make` or `pulling debian:bookworm-slim`. */
    name: string;
    /** Tasks of one group are shown together: a stage, a platform, an image. */
    group?: string;
}
export interface Task {
    /**
     * Output of the user's own program in this task. A promise asks whoever reads the program to wait for it before the
     * next chunk: the door's own output is not read as fast.
     */
    output(stream: 'stdout' | 'stderr', chunk: Uint8Array): Promise<void> | void;
    /** How far it is; `total` is absent while it is unknown. Bytes unless `unit` says otherwise. */
    progress(current: number, total?: number, unit?: 'bytes' | 'items'): void;
    /** A line of ours about this task: why a cache missed, what was retried. */
    note(message: string): void;
    done(result?: {
        cached?: boolean;
    }): void;
    fail(error: unknown): void;
}
/** For callers that do not want to hear anything. */
export declare const silent: Progress;
