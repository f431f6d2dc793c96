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
