import type { Limits } from '../container/limits.js';
import type { Platform } from '../oci/platform.js';
import type { Rlimit } from '../runtime/spec.js';
import type { AnnotationSet } from './assemble.js';
import type { PullPolicy } from './base.js';
import type { SecretSource } from './secrets.js';
/** What shall be built: plain data, every path absolute, nothing left to look up in the environment. */
export interface BuildRequest {
    dockerfile: {
        text: string;
        /** As it is shown in messages. */
        name: string;
        /** Where it was read from; absent for stdin. Decides which ignore file counts. */
        path?: string;
    };
    /** The build context's folder; absent when there is none (Dockerfile from stdin). */
    context?: string;
    /** `--build-context`: name → what it is. */
    contexts: ReadonlyMap<string, NamedContext>;
    target?: string;
    buildArgs: Readonly<Record<string, string>>;
    /** One or more; several make an index. */
    platforms: readonly Platform[];
    /** Make an index even for one platform. */
    alwaysIndex?: boolean;
    noCache: boolean;
    /** Stages that are not looked up. */
    noCacheFilter: readonly string[];
    pull: PullPolicy;
    secrets: ReadonlyMap<string, SecretSource>;
    /** id → agent socket. */
    ssh: ReadonlyMap<string, string>;
    labels: Readonly<Record<string, string>>;
    annotations: (platform: Platform) => AnnotationSet;
    /** Network of RUNs that do not say it. */
    network: 'default' | 'none' | 'host';
    addHosts: readonly string[];
    shmSize?: number;
    ulimits: readonly Rlimit[];
    limits: Limits;
    cgroupParent?: string;
    /** `network.host`, `security.insecure`. */
    allow: ReadonlySet<string>;
    /** SOURCE_DATE_EPOCH in seconds. */
    epoch?: number;
    /** File times in new layers are not later than the epoch. */
    rewriteTimestamp: boolean;
    /** Of new layers; with `force` of those of base images too. */
    compression: {
        type: 'gzip' | 'zstd' | 'none';
        level?: number;
        force?: boolean;
    };
    /** Media types of what is made. */
    family: 'oci' | 'docker';
    /** Say why steps were not cached. */
    explain: boolean;
    /** Steps that execute at once. */
    jobs: number;
}
export type NamedContext = {
    kind: 'folder';
    path: string;
} | {
    kind: 'image';
    reference: string;
} | {
    kind: 'layout';
    path: string;
    tag?: string;
    digest?: string;
};
