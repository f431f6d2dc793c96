import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { withLock } from '../locks.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, isDigest } from '../oci/digest.ts';
import type { LayoutStore } from './layout-store.ts';
import { oldestLease } from './lease.ts';
import { reachableFrom } from './reachable.ts';
import type { Refs } from './refs.ts';

/** Tells what must stay, with all that it leads to: containers, cache records. Asked while names cannot change. */
export type RootProvider = () => AsyncIterable<Descriptor> | Iterable<Descriptor>;

export interface GarbageOptions {
  /** What was used less than this many milliseconds ago stays; default 0: leases protect what is being brought in. */
  grace?: number;
  /** Only these are candidates. */
  only?: ReadonlySet<Digest>;
  /** Tell, but remove nothing. */
  dryRun?: boolean;
  signal?: AbortSignal | undefined;
}

export interface Garbage {
  removed: { digest: Digest; size: number }[];
  bytes: number;
}

/** Clocks of file systems are coarse, and a lease is taken a moment before its first use. */
const SLACK_MS = 60_000;

/**
 * Removes blobs that nothing leads to and nobody uses. One gc at a time; names stand still meanwhile, pulls and builds
 * go on: a blob that one of them asks for in the very moment of its removal is put back.
 */
export async function collectGarbage(
  store: LayoutStore,
  refs: Refs,
  providers: readonly RootProvider[],
  options: GarbageOptions = {},
): Promise<Garbage> {
  const { signal } = options;
  return withLock(store.lockPath('gc'), { mode: 'exclusive', signal }, () =>
    withLock(refs.lock, { mode: 'exclusive', signal }, async () => {
      await emptyTrash(store);
      // Before the roots are read: what is named or used after this moment has a later time of use.
      const now = Date.now();
      const lease = oldestLease(store);
      const cutoff = Math.min(now - (options.grace ?? 0), lease === undefined ? now : lease - SLACK_MS);
      const roots: Descriptor[] = [...(await refs.roots())];
      for (const provider of providers) for await (const root of provider()) roots.push(root);
      const reachable = await reachableFrom(store, roots);
      const garbage: Garbage = { removed: [], bytes: 0 };
      for await (const { digest, size, usedAt } of store.list()) {
        signal?.throwIfAborted();
        if (reachable.has(digest) || usedAt >= cutoff || options.only?.has(digest) === false) continue;
        if (!options.dryRun && !(await removeUnlessUsed(store, digest, cutoff))) continue;
        garbage.removed.push({ digest, size });
        garbage.bytes += size;
      }
      if (!options.dryRun) await store.sweep();
      return garbage;
    }),
  );
}

/**
 * Out of the way first, then a second look at its time of use: a `has` before the rename has set it, one after the rename
 * answers no. A `fetch` in between finds the blob in the trash.
 */
async function removeUnlessUsed(store: LayoutStore, digest: Digest, cutoff: number): Promise<boolean> {
  const path = store.blobPath(digest);
  const trash = store.trashPath(digest);
  await mkdir(join(store.folder, 'trash'), { recursive: true });
  try {
    await rename(path, trash);
    if ((await stat(trash)).mtimeMs >= cutoff) {
      await rename(trash, path);
      return false;
    }
    await rm(trash, { force: true });
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** A gc that was killed left blobs in the trash: back with them, this one judges anew. */
async function emptyTrash(store: LayoutStore): Promise<void> {
  const folder = join(store.folder, 'trash');
  for (const name of await readdir(folder).catch(() => [])) {
    const digest = name.replace('-', ':');
    if (isDigest(digest)) await rename(join(folder, name), store.blobPath(digest));
    else await rm(join(folder, name), { force: true, recursive: true });
  }
}
