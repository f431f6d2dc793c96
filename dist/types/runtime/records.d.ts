import type { CgroupHost } from './cgroup/host.js';
import type { CgroupPlan } from './cgroup/plan.js';
import type { OnWarning } from './cgroup/writes.js';
import type { HelperRecord } from './helper.js';
import type { OverlayMount } from './overlay.js';
import { type SeccompProgram } from './seccomp/program.js';
import type { Spec, State } from './spec.js';
export interface RecordsContext {
    state: State;
    rootfs: OverlayMount | string;
    /** Where an overlay is mounted; not used for a folder. */
    mountPoint: string;
    /** Overlays that bind mounts take their sources from. */
    overlays?: readonly {
        mount: OverlayMount;
        target: string;
    }[];
    cgroups: CgroupHost;
    plan: CgroupPlan;
    strict: boolean;
    /** Maps of a user namespace are written by these programs, since we are not root. */
    idMapPrograms?: {
        uid: string;
        gid: string;
    } | undefined;
    /** The one id of an unprivileged user: groups cannot be set. */
    denySetgroups?: boolean;
    noPivot?: boolean;
    noKeyring?: boolean;
    init?: boolean;
    /** A folder for compiled seccomp programs. */
    filters?: string;
    onWarning: OnWarning;
}
/** Records without those of the streams, which differ by how the container is started. */
export declare function containerRecords(spec: Spec, context: RecordsContext): Promise<HelperRecord[]>;
/** The compiled filter of a config; undefined for none. `cache`: a folder for programs that were made before. */
export declare function containerSeccomp(spec: Spec, cache?: string): SeccompProgram | undefined;
