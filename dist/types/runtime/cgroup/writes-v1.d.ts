import type { Resources } from '../spec-linux.js';
import { type CgroupWrite, type OnWarning } from './writes.js';
/** linux.resources → files of cgroup v1, in the order in which the kernel takes them for a new cgroup. */
export declare function writesV1(resources: Resources, warn: OnWarning): CgroupWrite[];
/** The same line in v1 and v2. */
export declare function rdmaLine(device: string, handles: number | undefined, objects: number | undefined): string;
