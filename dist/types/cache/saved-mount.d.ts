import { type Descriptor } from '../oci/descriptor.js';
import type { Sharing } from './mounts.js';
/** The type of a cache mount's files: a tar, compressed. */
export declare const MOUNT_ARCHIVE = "application/vnd.containerize.cache.mount.v1.tar+zstd";
/** What makes two cache mounts the same one. */
export interface MountIdentity {
    id: string;
    sharing: Sharing;
    uid: number;
    gid: number;
}
/** A cache mount's contents as a cache elsewhere has them. */
export interface SavedMount {
    key: string;
    id: string;
    archive: Descriptor;
    /** When a step used it last, RFC 3339. */
    usedAt: string;
}
export declare function mountKey({ id, sharing, uid, gid }: MountIdentity): string;
/** Checks what came from outside; throws when it is none. */
export declare function savedMountFrom(value: object): SavedMount;
