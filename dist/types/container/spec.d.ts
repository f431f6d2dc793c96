import type { ImageConfig } from '../oci/image-config.js';
import type { SeccompProfile } from '../runtime/seccomp/profile.js';
import type { Mount, Rlimit, Spec } from '../runtime/spec.js';
import { type DeviceMapping } from './devices.js';
import { type Limits } from './limits.js';
/** The search path when neither image nor user set one: Docker's. */
export declare const DEFAULT_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/** What a container shall be, beyond its image's config. Every name is resolved: ids are numbers, sources are paths. */
export interface SpecOptions {
    /** The program and its arguments; see `commandLine`. */
    args: readonly string[];
    /** Added to the image's; `NAME=VALUE` replaces an earlier `NAME`, a bare `NAME` removes it. */
    env?: readonly string[];
    /** Default: the image's WorkingDir, then `/`. */
    cwd?: string;
    user: ResolvedUser;
    /** Default: none is set. */
    hostname?: string;
    domainname?: string;
    /** Beyond Docker's defaults, in order; parents are moved before what lies in them. */
    mounts?: readonly Mount[];
    network: 'host' | 'none' | {
        path: string;
    };
    /** Namespaces that are not the container's own: `host`, or another container's. Default: its own. */
    pid?: 'host' | {
        path: string;
    };
    ipc?: 'host' | 'none' | {
        path: string;
    };
    uts?: 'host';
    cgroupNamespace?: 'host';
    capAdd?: readonly string[];
    capDrop?: readonly string[];
    privileged?: boolean;
    readOnly?: boolean;
    /** A profile in Docker's form, or `unconfined`; default: Docker's profile, or none for a privileged container. */
    seccomp?: SeccompProfile | 'unconfined';
    noNewPrivileges?: boolean;
    /** A profile, or `unconfined`; default: one that the kernel has loaded for containers, none for a privileged one. */
    apparmor?: string;
    limits?: Limits;
    ulimits?: readonly Rlimit[];
    devices?: readonly DeviceMapping[];
    deviceCgroupRules?: readonly string[];
    sysctl?: Readonly<Record<string, string>>;
    tty?: boolean;
    consoleSize?: {
        rows: number;
        columns: number;
    };
    /** Bytes of /dev/shm; default 64 MiB. */
    shmSize?: number;
    oomScoreAdj?: number;
    /** Absolute, below the cgroup root. */
    cgroupsPath?: string;
    /** We are root of a user namespace only. */
    rootless?: boolean;
    /** The masked and read-only paths instead of Docker's: `--security-opt systempaths=unconfined`. */
    maskedPaths?: readonly string[];
    readonlyPaths?: readonly string[];
    annotations?: Readonly<Record<string, string>>;
}
export interface ResolvedUser {
    uid: number;
    gid: number;
    additionalGids?: readonly number[];
    /** From the image's passwd: HOME when nothing set it. */
    home?: string;
}
/** Image config and options become an OCI runtime configuration with Docker's defaults. The root is the runtime's business. */
export declare function containerSpec(config: ImageConfig, options: SpecOptions): Spec;
/** ENTRYPOINT and CMD by Docker's rule: an entrypoint of the user's drops the image's CMD. */
export declare function commandLine(config: ImageConfig, own: {
    entrypoint?: readonly string[] | undefined;
    command: readonly string[];
}): string[];
/** Later settings replace earlier ones in place, as Docker does; a bare name takes the variable away. */
export declare function mergeEnv(base: readonly string[], added: readonly string[]): string[];
/** A new container's ID: 64 hex digits. */
export declare function newContainerId(): string;
