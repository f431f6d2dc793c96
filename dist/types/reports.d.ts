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
/** One case of a JUnit report or one image check. */
export interface TestCase {
    suite?: string;
    name: string;
    classname?: string;
    outcome: 'passed' | 'failed' | 'error' | 'skipped' | 'flaky';
    durationMs: number;
    /** One line: why it failed or was skipped. */
    message?: string;
    /** The trace, or what else the report has on it. */
    details?: string;
    /** In the repository where that is known, else as the report says. */
    file?: string;
    line?: number;
}
/** What became of one test: a command, a stage that must build, or a file of image checks. */
export interface TestResult {
    name: string;
    /** `broken`: it could not be run, so nothing is known of the image. */
    outcome: 'passed' | 'failed' | 'flaky' | 'broken' | 'skipped';
    durationMs: number;
    /** Why it failed, could not be run or was left out, or that it took several attempts. */
    message?: string;
    attempts: number;
    exitCode?: number;
    timedOut?: boolean;
    oomKilled?: boolean;
    /** Bytes, of the hungriest attempt. */
    memoryPeak?: number;
    /** Processor time of all attempts, in microseconds. */
    cpuUsec?: number;
    /** The last lines that it wrote. */
    output: readonly string[];
    /** What its reports or checks say, the failed ones first. */
    cases: readonly TestCase[];
    /** Files copied out of the container, from the output folder. */
    reports: readonly string[];
    /** Reports that were asked for and are not there, and the like. */
    warnings: readonly string[];
}
/** All tests of one image. `passed` counts the flaky ones too. */
export interface TestReport {
    passed: number;
    failed: number;
    flaky: number;
    /** Could not be run. */
    broken: number;
    /** Left to another shard. */
    skipped: number;
    durationMs: number;
    results: TestResult[];
}
/** What one build read from caches elsewhere, and wrote to them. */
export interface CacheReport {
    sources: CacheSourceReport[];
    /** Cache mounts that began with what a cache had of them. */
    mounts: CacheMountReport[];
    saves: CacheSaveReport[];
    /** Steps that had to run, with the reasons, as far as these are known. */
    misses: {
        step: string;
        reasons: string[];
    }[];
}
/** A cache that was read. */
export interface CacheSourceReport {
    name: string;
    /** Steps that it knows, and how many of them this build had use for. */
    records: number;
    hits: number;
    /** What came over: layers and bytes; most stay where they are. */
    blobs: number;
    bytes: number;
    /** Reading its list. */
    milliseconds: number;
    /** Why it was of no use. */
    problem?: string;
}
export interface CacheMountReport {
    id: string;
    from: string;
    /** Of the archive. */
    bytes: number;
    milliseconds: number;
    /** Why it began empty. */
    problem?: string;
}
/** A cache that was written, or was to be. */
export interface CacheSaveReport {
    name: string;
    /** `later`: at the end of the job. `read-only`: this run may not write. */
    outcome: 'saved' | 'unchanged' | 'later' | 'read-only' | 'failed';
    /** What was sent. */
    blobs: number;
    bytes: number;
    /** Cache mounts that it holds. */
    mounts: number;
    milliseconds: number;
    problem?: string;
}
