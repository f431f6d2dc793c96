import { Readable } from 'node:stream';
import type { Ingester } from '../content/store.ts';
import { unpackTar } from '../layer/apply.ts';
import { compress } from '../layer/compress.ts';
import { packRoot } from '../layer/diff.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Helper } from '../runtime/helper.ts';
import { MOUNT_ARCHIVE } from './saved-mount.ts';

export interface ArchiveOptions {
  helper: Helper;
  rootless: boolean;
  signal: AbortSignal;
}

/** Packs a cache mount's folder, owners, times and attributes included. The same files give the same archive. */
export async function packMount(folder: string, store: Ingester, options: ArchiveOptions): Promise<Descriptor> {
  // build tools compare times: to the nanosecond
  const tar = packRoot({ ...options, root: folder, rootEntry: true, exactTimes: true });
  return store.ingest(MOUNT_ARCHIVE, Readable.from(compress(tar, 'zstd'), { objectMode: false }));
}

/** Unpacks such an archive, in the helper's chroot: whatever it names stays inside the folder. Gives the bytes of its files. */
export async function unpackMount(archive: Readable, folder: string, options: ArchiveOptions): Promise<number> {
  return (await unpackTar({ ...options, mode: 'archive', target: folder }, archive)).bytes;
}
