import type { HelperRecord } from '../helper.js';
import type { Spec } from '../spec.js';
import type { Resources } from '../spec-linux.js';
import type { CgroupHost } from './host.js';
import { type CgroupPaths } from './paths.js';
import type { CgroupWrite, OnWarning } from './writes.js';
export interface CgroupRequest {
    /** As linux.cgroupsPath. */
    path: string;
    resources?: Resources | undefined;
    /** A limit that cannot be set is an error instead of a warning. */
    strict: boolean;
    /** `all`: every controller that the machine has, as other runtimes do; `needed`: those with limits, and those that count. */
    controllers: 'all' | 'needed';
    /** Device rules need the init user namespace's rights. */
    userNamespace: boolean;
    /** Whose the container's part of a cgroup2 tree shall be: the root of its user namespace, when it may write there. */
    owner?: {
        uid: number;
        gid: number;
    } | undefined;
    onWarning: OnWarning;
}
/** What the helper is told, and where the container's cgroup then is. */
export interface CgroupPlan {
    /** Absent when there is no cgroup that we may write. */
    paths?: CgroupPaths;
    records: HelperRecord[];
}
/** Makes the plan. In a cgroup2 tree it also switches the controllers on that the container's limits need. */
export declare function planCgroup(host: CgroupHost, request: CgroupRequest): Promise<CgroupPlan>;
/** As the specification has it: who gets a cgroup namespace, a user namespace and a writable mount owns his cgroup. */
export declare function cgroupOwner(spec: Spec): {
    uid: number;
    gid: number;
} | undefined;
/** v1's and v2's writes for one machine: v1's for controllers that are mounted there, v2's for the rest. */
export declare function wantedWrites(host: CgroupHost, resources: Resources, warn: OnWarning): CgroupWrite[];
