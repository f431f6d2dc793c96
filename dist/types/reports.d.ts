/** Pure report types that pass between features. They hold data only: no functions, no stores. */
/** How a container's first process ended, and what it used. */
export interface ExitReport {
    /** Exit status 0 to 255; 128 + signal when a signal ended it. */
    exitCode: number;
    /** Signal number, when a signal ended it. */
    signal?: number;
    /** True when the kernel killed a process of the container because the memory limit was reached. */
    oomKilled: boolean;
    /** Highest memory use of the container's cgroup, in bytes, where the kernel counts it. */
    memoryPeak?: number;
    /** CPU time of the container's cgroup, user and system, in microseconds. */
    cpuUsec?: number;
    /** Wall time from start to exit, in milliseconds. */
    durationMs: number;
}
/** One tag that a release, a promotion or a rollback moved, or left where it was. */
export interface TagMove {
    /** `ghcr.io/owner/app`. */
    repository: string;
    tag: string;
    /** Digest before; absent: there was no such tag. */
    from?: string;
    to: string;
    state: 'planned' | 'unchanged' | 'moved' | 'undone' | 'not-undone';
}
/** What became of a release, a promotion or a rollback. */
export interface ReleaseReport {
    action: 'release' | 'promote' | 'rollback';
    channel: string;
    repositories: string[];
    /** What the channel named before; absent: nothing. */
    fromDigest?: string;
    fromVersion?: string;
    toDigest: string;
    toVersion?: string;
    /** False when the channel named the target already, and for a dry run. */
    changed: boolean;
    dryRun: boolean;
    moves: TagMove[];
    /** Gates that were asked, in order. */
    gates: {
        name: string;
        message: string;
    }[];
    /** The tag that remembers this event. */
    shadowTag?: string;
    /** The channel takes no automatic release until it is told to. */
    held: boolean;
    /** The command that takes it back. */
    undoCommand?: string;
}
