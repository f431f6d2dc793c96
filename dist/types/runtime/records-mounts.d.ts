import type { CgroupHost } from './cgroup/host.js';
import type { CgroupPaths } from './cgroup/paths.js';
import type { HelperRecord } from './helper.js';
import type { Spec } from './spec.js';
export interface MountContext {
    /** Relative bind sources count from here. */
    bundle: string;
    cgroups: CgroupHost;
    paths?: CgroupPaths | undefined;
    hasUserNamespace: boolean;
    /** New ones, not joined. */
    hasCgroupNamespace: boolean;
    /** Where `extra-overlay` records mount: what lies there is not seen from here. */
    overlayTargets?: readonly string[];
}
/** Every mount in the config's order. */
export declare function mountRecords(spec: Spec, context: MountContext): Promise<HelperRecord[]>;
/** Nodes and links of /dev. A /dev that is bound from elsewhere is left as it is. */
export declare function deviceRecords(spec: Spec): HelperRecord[];
