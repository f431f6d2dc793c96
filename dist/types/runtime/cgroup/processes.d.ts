import { type CgroupPaths } from './paths.js';
/** Host pids of every process in the container's cgroup and below. */
export declare function processesOf(paths: CgroupPaths): Promise<number[]>;
/** Sends `signal` to every process; frozen first, so that none can fork away meanwhile. */
export declare function signalAll(paths: CgroupPaths, signal: number): Promise<void>;
/** Kills every process and waits until none is left. False when some did not die in time. */
export declare function killAll(paths: CgroupPaths, timeoutMs?: number): Promise<boolean>;
/** Removes the container's folders and what it made below them. Missing ones do not matter; busy ones are tried again for a while. */
export declare function removeCgroup(paths: CgroupPaths, timeoutMs?: number): Promise<void>;
