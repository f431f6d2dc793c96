import { type Descriptor, parseDescriptor } from '../oci/descriptor.ts';
import { sha256 } from '../oci/digest.ts';
import type { Sharing } from './mounts.ts';

/** The type of a cache mount's files: a tar, compressed. */
export const MOUNT_ARCHIVE = 'application/vnd.containerize.cache.mount.v1.tar+zstd';

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

export function mountKey({ id, sharing, uid, gid }: MountIdentity): string {
  return sha256(JSON.stringify([id, sharing, uid, gid]));
}

/** Checks what came from outside; throws when it is none. */
export function savedMountFrom(value: object): SavedMount {
  const { key, id, archive, usedAt } = value as Record<string, unknown>;
  if (typeof key !== 'string' || typeof id !== 'string' || typeof usedAt !== 'string')
    throw new TypeError('not a saved cache mount');
  // the order of what packing makes: unchanged records give unchanged bytes
  return { key, id, archive: parseDescriptor(archive, 'cache mount'), usedAt };
}
