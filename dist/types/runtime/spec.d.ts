/**
 * The OCI runtime specification's configuration, versions 1.0 to 1.3, as it stands in a bundle's config.json:
 * https://github.com/opencontainers/runtime-spec/blob/main/config.md
 * Every reader of a config from outside goes through `parseSpec`; these types trust what it checked.
 */
import type { IdMapping, Linux } from './spec-linux.js';
export type { IdMapping } from './spec-linux.js';
/** Lowest and highest specification version that this runtime carries out. */
export declare const OCI_VERSION_MIN = "1.0.0";
export declare const OCI_VERSION_MAX = "1.3.0";
export interface Spec {
    ociVersion: string;
    root?: Root;
    /** Absent only in a bundle that is never started. */
    process?: Process;
    hostname?: string;
    domainname?: string;
    mounts?: Mount[];
    hooks?: Hooks;
    annotations?: Record<string, string>;
    linux?: Linux;
}
export interface Root {
    /** Absolute, or relative to the bundle. */
    path: string;
    readonly?: boolean;
}
export interface Process {
    terminal?: boolean;
    consoleSize?: {
        height: number;
        width: number;
    };
    user?: User;
    args?: string[];
    commandLine?: string;
    env?: string[];
    /** Absolute, inside the container. */
    cwd: string;
    capabilities?: CapabilitySets;
    rlimits?: Rlimit[];
    noNewPrivileges?: boolean;
    apparmorProfile?: string;
    oomScoreAdj?: number;
    selinuxLabel?: string;
    scheduler?: Scheduler;
    ioPriority?: IoPriority;
    execCPUAffinity?: {
        initial?: string;
        final?: string;
    };
}
export interface User {
    uid: number;
    gid: number;
    umask?: number;
    additionalGids?: number[];
    /** Windows only; kept so that a config survives being read and written. */
    username?: string;
}
export interface CapabilitySets {
    bounding?: string[];
    effective?: string[];
    inheritable?: string[];
    permitted?: string[];
    ambient?: string[];
}
/** `hard` and `soft` may be -1 or 2^64-1 for "no limit"; JSON numbers above 2^53 are read as that. */
export interface Rlimit {
    type: string;
    hard: number;
    soft: number;
}
export interface Scheduler {
    policy: string;
    nice?: number;
    priority?: number;
    flags?: string[];
    runtime?: number;
    deadline?: number;
    period?: number;
}
export interface IoPriority {
    class: 'IOPRIO_CLASS_RT' | 'IOPRIO_CLASS_BE' | 'IOPRIO_CLASS_IDLE';
    priority?: number;
}
export interface Mount {
    destination: string;
    type?: string;
    source?: string;
    options?: string[];
    uidMappings?: IdMapping[];
    gidMappings?: IdMapping[];
    /** Ours, not the specification's: resolve the source inside this folder, so that no link in it leads out. */
    sourceBeneath?: string;
}
export interface Hooks {
    prestart?: Hook[];
    createRuntime?: Hook[];
    createContainer?: Hook[];
    startContainer?: Hook[];
    poststart?: Hook[];
    poststop?: Hook[];
}
export type HookStage = keyof Hooks;
export interface Hook {
    path: string;
    /** Includes the program's own name; default is the path. */
    args?: string[];
    env?: string[];
    /** Seconds. */
    timeout?: number;
}
/** What `state` prints and what hooks get on stdin. */
export interface State {
    ociVersion: string;
    id: string;
    status: ContainerStatus;
    /** Absent or 0 once stopped. */
    pid?: number;
    bundle: string;
    annotations?: Record<string, string>;
}
export type ContainerStatus = 'creating' | 'created' | 'running' | 'paused' | 'stopped';
