import type { CacheMounts } from '../../cache/mounts.js';
import type { SavedMounts } from '../../cache/saved-mounts.js';
import type { Limits } from '../../container/limits.js';
import type { ContainerRequest, ProcessIo, Running } from '../../runtime/runtime-types.js';
import type { Rlimit, Spec } from '../../runtime/spec.js';
import type { Secrets } from '../secrets.js';
import type { RunDefinition } from './run-definition.js';
/** What RUN needs besides its definition; nothing here is part of its key. */
export interface RunTools {
    runtime: {
        run(request: ContainerRequest, io: ProcessIo, options?: {
            signal?: AbortSignal;
        }): Promise<Running>;
        /** Makes ready what a container of this kind will need. */
        expect?(spec: Spec): Promise<void>;
    };
    /** This build's own folder on a memory file system: sockets, secrets, hosts files. */
    room(): Promise<string>;
    secrets: Secrets;
    /** id → the agent's socket. */
    ssh: ReadonlyMap<string, string>;
    cacheMounts: CacheMounts;
    /** What caches elsewhere have of them. */
    savedMounts?: SavedMounts | undefined;
    limits: Limits;
    ulimits: readonly Rlimit[];
    shmSize?: number;
    /** `NAME:ADDRESS`. */
    addHosts: readonly string[];
    /** Below the cgroup root; without one each RUN has a group of its own there, `/containerize-ID`, and nothing stays. */
    cgroupParent?: string;
    /** Throws when this machine cannot run the step's platform. */
    checkPlatform(run: RunDefinition): Promise<void>;
}
