import type { Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import type { RunConfig } from '../oci/image-config.js';
import type { Platform } from '../oci/platform.js';
import type { ExitReport } from '../reports.js';
import type { ProcessIdentity } from '../runtime/runtime-types.js';
import type { Process } from '../runtime/spec.js';
import type { ContainerOptions } from './options.js';
/** `<root>/containers/<id>/config.json`: what a container is. Written when it is made and when it is renamed. */
export interface ContainerRecord {
    version: 1;
    id: string;
    name: string;
    /** RFC 3339. */
    created: string;
    image: ContainerImage;
    /** The image's config at that time: tags move, containers do not. */
    imageConfig: RunConfig;
    options: ContainerOptions;
    /** The program and its arguments. */
    args: string[];
    /** Volumes, binds and tmpfs, resolved. */
    mounts: MountPoint[];
    /** The process that made it and may be about to start it, as in owner.ts. */
    maker?: string;
}
export interface ContainerImage {
    /** As the user wrote it. */
    name: string;
    /** Digest of the config blob: Docker's image ID. */
    id: Digest;
    manifest: Descriptor;
    platform: Platform;
    /** The unpacked stack below the container's own layer; absent for an image without layers. */
    chain?: Digest;
}
/** A volume, bind or tmpfs as the container has it. */
export interface MountPoint {
    type: 'bind' | 'volume' | 'tmpfs';
    /** The volume's name. */
    name?: string;
    /** The folder or file on this machine; empty for tmpfs. */
    source: string;
    destination: string;
    /** Links in the source lead to places in this folder: it is a volume, and containers write it. */
    beneath?: string;
    readOnly: boolean;
    /** `rprivate`, `rslave`, … */
    propagation?: string;
    /** Mount options beyond these: `noexec`, `size=64m`. */
    options: string[];
    /** Made for this container alone; goes with `rm -v` and `--rm`. */
    anonymous?: boolean;
}
/** `<root>/containers/<id>/state.json`: how far it is. Rewritten at each turn. */
export interface ContainerState {
    status: 'created' | 'running' | 'exited';
    /** The container's first process, while running. */
    process?: ProcessIdentity;
    /** Who waits for it: the monitor of a detached container, or the command that runs it in the foreground. */
    keeper?: ProcessIdentity;
    /** Ends with its command; there is no log and nothing to attach to. */
    foreground?: boolean;
    /** The program as it was started: what `exec` gets unless told otherwise. */
    spec?: Process;
    /** Kernel run in which it was started: processes of another boot are gone. */
    boot?: string;
    startedAt?: string;
    finishedAt?: string;
    exit?: ExitReport;
    /** Why it could not be started. */
    error?: string;
    /** Of `health.json`, which who checks writes. */
    health?: HealthState;
}
/** What the health checks found. Docker's shape, but for the spelling. */
export interface HealthState {
    status: 'starting' | 'healthy' | 'unhealthy';
    failingStreak: number;
    /** The last five. */
    log: {
        start: string;
        end: string;
        exitCode: number;
        output: string;
    }[];
}
