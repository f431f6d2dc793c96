/** The `linux` object: https://github.com/opencontainers/runtime-spec/blob/main/config-linux.md */
/** `size` ids from `containerID` on are `hostID` and following outside. */
export interface IdMapping {
    containerID: number;
    hostID: number;
    size: number;
}
export interface Linux {
    namespaces?: Namespace[];
    uidMappings?: IdMapping[];
    gidMappings?: IdMapping[];
    timeOffsets?: Record<string, {
        secs?: number;
        nanosecs?: number;
    }>;
    devices?: Device[];
    netDevices?: Record<string, {
        name?: string;
    }>;
    cgroupsPath?: string;
    resources?: Resources;
    intelRdt?: {
        closID?: string;
        l3CacheSchema?: string;
        memBwSchema?: string;
        schemata?: string[];
        enableMonitoring?: boolean;
    };
    memoryPolicy?: {
        mode: string;
        nodes?: string;
        flags?: string[];
    };
    sysctl?: Record<string, string>;
    seccomp?: Seccomp;
    rootfsPropagation?: string;
    maskedPaths?: string[];
    readonlyPaths?: string[];
    mountLabel?: string;
    personality?: {
        domain: string;
        flags?: string[];
    };
}
export type NamespaceType = 'pid' | 'network' | 'mount' | 'ipc' | 'uts' | 'user' | 'cgroup' | 'time';
export interface Namespace {
    type: NamespaceType;
    /** Join this one instead of making a new one. */
    path?: string;
}
export interface Device {
    type: 'c' | 'b' | 'u' | 'p';
    path: string;
    major?: number;
    minor?: number;
    fileMode?: number;
    uid?: number;
    gid?: number;
}
/** Limits. -1 means "no limit" wherever a number is a limit. */
export interface Resources {
    devices?: DeviceRule[];
    memory?: MemoryLimits;
    cpu?: CpuLimits;
    pids?: {
        limit?: number;
    };
    blockIO?: BlockIoLimits;
    hugepageLimits?: {
        pageSize: string;
        limit: number;
    }[];
    network?: {
        classID?: number;
        priorities?: {
            name: string;
            priority: number;
        }[];
    };
    rdma?: Record<string, {
        hcaHandles?: number;
        hcaObjects?: number;
    }>;
    /** cgroup v2 files by name, written as they are, after everything else. */
    unified?: Record<string, string>;
}
export interface DeviceRule {
    allow: boolean;
    /** `a` (all, default), `c`, `b`. */
    type?: string;
    /** Absent or -1: every number. */
    major?: number;
    minor?: number;
    /** Letters of r, w, m. */
    access?: string;
}
export interface MemoryLimits {
    limit?: number;
    reservation?: number;
    /** Memory and swap together. */
    swap?: number;
    kernel?: number;
    kernelTCP?: number;
    swappiness?: number;
    disableOOMKiller?: boolean;
    useHierarchy?: boolean;
    checkBeforeUpdate?: boolean;
}
export interface CpuLimits {
    shares?: number;
    /** Microseconds per period. */
    quota?: number;
    burst?: number;
    period?: number;
    realtimeRuntime?: number;
    realtimePeriod?: number;
    cpus?: string;
    mems?: string;
    idle?: number;
}
export interface BlockIoLimits {
    weight?: number;
    leafWeight?: number;
    weightDevice?: {
        major: number;
        minor: number;
        weight?: number;
        leafWeight?: number;
    }[];
    throttleReadBpsDevice?: ThrottleDevice[];
    throttleWriteBpsDevice?: ThrottleDevice[];
    throttleReadIOPSDevice?: ThrottleDevice[];
    throttleWriteIOPSDevice?: ThrottleDevice[];
}
export interface ThrottleDevice {
    major: number;
    minor: number;
    rate: number;
}
export interface Seccomp {
    defaultAction: SeccompAction;
    defaultErrnoRet?: number;
    /** `SCMP_ARCH_…`; absent: the machine's own. */
    architectures?: string[];
    flags?: string[];
    listenerPath?: string;
    listenerMetadata?: string;
    syscalls?: SeccompRule[];
}
export type SeccompAction = 'SCMP_ACT_KILL' | 'SCMP_ACT_KILL_PROCESS' | 'SCMP_ACT_KILL_THREAD' | 'SCMP_ACT_TRAP' | 'SCMP_ACT_ERRNO' | 'SCMP_ACT_TRACE' | 'SCMP_ACT_ALLOW' | 'SCMP_ACT_LOG' | 'SCMP_ACT_NOTIFY';
export interface SeccompRule {
    names: string[];
    action: SeccompAction;
    errnoRet?: number;
    /** All must hold; several on one index: any may hold (as libseccomp's users expect). */
    args?: SeccompArg[];
}
export type SeccompOperator = 'SCMP_CMP_NE' | 'SCMP_CMP_LT' | 'SCMP_CMP_LE' | 'SCMP_CMP_EQ' | 'SCMP_CMP_GE' | 'SCMP_CMP_GT' | 'SCMP_CMP_MASKED_EQ';
/** Values are unsigned 64-bit; a JSON number above 2^53 loses bits, so our own data may use bigint. */
export interface SeccompArg {
    index: number;
    value: number | bigint;
    /** For SCMP_CMP_MASKED_EQ `value` is the mask and `valueTwo` what must be left. */
    valueTwo?: number | bigint;
    op: SeccompOperator;
}
