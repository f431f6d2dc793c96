import type { SourceLocation } from '../errors.js';
/** One `--mount` of a RUN, variables expanded, defaults filled in, targets absolute. */
export type Mount = BindMount | CacheMount | TmpfsMount | SecretMount | SshMount;
export interface BindMount {
    type: 'bind';
    /** Stage, number, named context or image; absent: the build context. */
    from?: string;
    /** Path inside it, default its root. */
    source: string;
    target: string;
    /** Writable ones discard what is written. */
    readonly: boolean;
    location: SourceLocation;
}
export interface CacheMount {
    type: 'cache';
    id: string;
    target: string;
    readonly: boolean;
    sharing: 'shared' | 'private' | 'locked';
    /** What the cache begins with when it is new. */
    from?: string;
    source: string;
    mode: number;
    uid: number;
    gid: number;
    location: SourceLocation;
}
export interface TmpfsMount {
    type: 'tmpfs';
    target: string;
    /** Bytes. */
    size?: number;
    location: SourceLocation;
}
export interface SecretMount {
    type: 'secret';
    id: string;
    /** File; absent when only `env` was asked for. */
    target?: string;
    /** Name of an environment variable. */
    env?: string;
    required: boolean;
    mode: number;
    uid: number;
    gid: number;
    location: SourceLocation;
}
export interface SshMount {
    type: 'ssh';
    id: string;
    /** Absent: a socket under /run/buildkit of the builder's choice. */
    target?: string;
    required: boolean;
    mode: number;
    uid: number;
    gid: number;
    location: SourceLocation;
}
