import type { Healthcheck } from '../oci/image-config.js';
import type { SeccompProfile } from '../runtime/seccomp/profile.js';
import type { Rlimit } from '../runtime/spec.js';
import type { DeviceMapping } from './devices.js';
import type { Limits } from './limits.js';
import type { MountRequest } from './mount-request.js';
/** What a user may ask of a container, as plain data: the flags of `run` and `create`, and the library's `run()`. */
export interface ContainerOptions {
    name?: string;
    /** Replaces the image's CMD; empty: the image's. */
    command: readonly string[];
    /** Replaces the image's ENTRYPOINT and drops its CMD; `['']` resets it. */
    entrypoint?: readonly string[];
    /** `NAME=VALUE`; a bare NAME takes the variable away. */
    env?: readonly string[];
    labels?: Readonly<Record<string, string>>;
    annotations?: Readonly<Record<string, string>>;
    /** Name or ID, with `:group`. */
    user?: string;
    groupAdd?: readonly string[];
    workingDir?: string;
    hostname?: string;
    domainname?: string;
    tty?: boolean;
    /** Keep stdin open. */
    interactive?: boolean;
    mounts?: readonly MountRequest[];
    /** `CONTAINER[:ro|rw]`. */
    volumesFrom?: readonly string[];
    network?: 'host' | 'none';
    pid?: 'host' | `container:${string}`;
    ipc?: 'host' | 'none' | 'private' | `container:${string}`;
    uts?: 'host';
    cgroupns?: 'host' | 'private';
    cgroupParent?: string;
    addHosts?: readonly string[];
    dns?: readonly string[];
    dnsSearch?: readonly string[];
    dnsOptions?: readonly string[];
    limits?: Limits;
    ulimits?: readonly Rlimit[];
    shmSize?: number;
    oomScoreAdj?: number;
    sysctl?: Readonly<Record<string, string>>;
    devices?: readonly DeviceMapping[];
    deviceCgroupRules?: readonly string[];
    capAdd?: readonly string[];
    capDrop?: readonly string[];
    privileged?: boolean;
    readOnly?: boolean;
    security?: SecurityOptions;
    init?: boolean;
    stopSignal?: string;
    /** Seconds. */
    stopTimeout?: number;
    /** Parts that are not given come from the image. `Test: ['NONE']` turns it off. */
    health?: Healthcheck;
    autoRemove?: boolean;
}
/** `--security-opt`. */
export interface SecurityOptions {
    seccomp?: SeccompProfile | 'unconfined';
    apparmor?: string;
    noNewPrivileges?: boolean;
    /** `systempaths=unconfined`: nothing of /proc and /sys is hidden. */
    unmaskedPaths?: boolean;
}
