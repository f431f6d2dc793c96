import { ContainerizeError } from '../errors.js';
import type { Resources } from '../runtime/spec-linux.js';
export declare class LimitError extends ContainerizeError<'invalid-limit'> {
}
/** Docker's names of limits. Sizes are bytes; absent means "no limit". */
export interface Limits {
    memory?: number;
    /** Memory and swap together; -1 for unlimited swap; default is twice the memory. */
    memorySwap?: number;
    memoryReservation?: number;
    memorySwappiness?: number;
    oomKillDisable?: boolean;
    /** Processors, such as 1.5. */
    cpus?: number;
    cpuShares?: number;
    cpuPeriod?: number;
    cpuQuota?: number;
    cpusetCpus?: string;
    cpusetMems?: string;
    /** -1 or 0: unlimited. */
    pids?: number;
    blkioWeight?: number;
    /** Microseconds; cgroup v1 alone. */
    cpuRtPeriod?: number;
    cpuRtRuntime?: number;
    blkioWeightDevice?: readonly DeviceLimit[];
    deviceReadBps?: readonly DeviceLimit[];
    deviceWriteBps?: readonly DeviceLimit[];
    deviceReadIops?: readonly DeviceLimit[];
    deviceWriteIops?: readonly DeviceLimit[];
}
/** A limit on one block device, named by its path on this machine. */
export interface DeviceLimit {
    path: string;
    value: number;
}
/** The limits as the runtime specification says them; wrong combinations are refused in Docker's sense. */
export declare function resourcesOf(limits: Limits): Pick<Resources, 'memory' | 'cpu' | 'pids' | 'blockIO'>;
