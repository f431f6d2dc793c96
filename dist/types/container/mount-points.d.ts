import type { Mount } from '../runtime/spec.js';
import type { MountRequest } from './mount-request.js';
import type { MountPoint } from './record.js';
import type { Volumes } from './volumes.js';
/** A volume that was made just now and is empty: the image's content goes into it. */
export type NewVolumes = {
    name: string;
    path: string;
    destination: string;
}[];
/**
 * Turns requests into mount points: makes volumes, checks (and for `-v` makes) sources of binds, adds a volume without
 * name for each VOLUME of the image that nothing else covers. A later request for one place replaces an earlier one.
 */
export declare function resolveMounts(volumes: Volumes, requests: readonly MountRequest[], inherited: readonly MountPoint[], imageVolumes: readonly string[]): Promise<{
    mounts: MountPoint[];
    toFill: NewVolumes;
}>;
/** The mounts as the runtime specification says them. */
export declare function specMounts(mounts: readonly MountPoint[]): Mount[];
