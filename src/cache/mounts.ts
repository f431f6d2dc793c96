import { chmod, chown, mkdir, readdir, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { writeFileAtomic } from '../files.ts';
import { acquireLock, type Lock, type LockOwner, lockOwners, tryLock, withLock } from '../locks.ts';
import { digestHex, sha256 } from '../oci/digest.ts';
import { folderSize } from './folder-size.ts';

export type Sharing = 'shared' | 'private' | 'locked';

/** A cache mount's folder, held for one RUN. */
export interface HeldMount {
  /** The folder to bind. */
  path: string;
  /** Number of the copy that it is. */
  copy: number;
  /** True when it was made just now: initial contents (`from=`, `source=`) are still to be put in. */
  isNew: boolean;
  release(): Promise<void>;
}

export interface MountEntry {
  id: string;
  /** Number of the copy: `private` mounts that are in use at once get one each. */
  copy: number;
  path: string;
  bytes: number;
  /** Milliseconds since 1970. */
  created: number;
  usedAt: number;
  inUse: boolean;
}

/**
 * Folders of `RUN --mount=type=cache`: `<folder>/<hash of the id>/<copy>/{data,mount.json,lock}`. `shared`: everybody at
 * once in copy 0; `locked`: one after the other in copy 0; `private`: the first copy that nobody uses. Locks die with
 * their process, so a killed build blocks nobody.
 */
export class CacheMounts {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async hold(
    id: string,
    options: {
      sharing: Sharing;
      uid?: number;
      gid?: number;
      mode?: number;
      signal?: AbortSignal;
      onWait?: (owner: LockOwner) => void;
      /** Puts something into a new folder before anybody sees it; false when there is nothing. */
      fill?: (folder: string) => Promise<boolean>;
    },
  ): Promise<HeldMount> {
    const { sharing, signal, onWait } = options;
    if (sharing !== 'private') {
      const lock = await acquireLock(this.#lock(id, 0), {
        mode: sharing === 'shared' ? 'shared' : 'exclusive',
        signal,
        onWait,
      });
      return this.#open(id, 0, lock, options);
    }
    for (let copy = 0; ; copy++) {
      const lock = await tryLock(this.#lock(id, copy), 'exclusive');
      if (lock) return this.#open(id, copy, lock, options);
    }
  }

  /** Works on a copy's folder while nobody else uses it; undefined when somebody does, or it is gone. */
  async withUnused<T>(id: string, copy: number, work: (folder: string) => Promise<T>): Promise<T | undefined> {
    const path = join(this.#base(id, copy), 'data');
    const lock = await tryLock(this.#lock(id, copy), 'exclusive');
    if (!lock) return undefined;
    try {
      return (await isThere(path)) ? await work(path) : undefined;
    } finally {
      await lock.release();
    }
  }

  /** Every mount with its size. */
  async list(): Promise<MountEntry[]> {
    const entries: MountEntry[] = [];
    for (const hash of await namesIn(this.folder)) {
      for (const copy of await namesIn(join(this.folder, hash))) {
        const entry = await this.#entry(hash, Number(copy));
        if (entry) entries.push(entry);
      }
    }
    return entries;
  }

  /** Removes mounts that nobody uses: all, those unused since a time, or the least recently used above a total size. */
  async prune(limits: { maxBytes?: number | undefined; unusedSince?: number | undefined } = {}): Promise<MountEntry[]> {
    const entries = (await this.list()).sort((a, b) => b.usedAt - a.usedAt);
    const removed: MountEntry[] = [];
    const unlimited = limits.maxBytes === undefined && limits.unusedSince === undefined;
    let bytes = 0;
    for (const entry of entries) {
      const old = limits.unusedSince !== undefined && entry.usedAt < limits.unusedSince;
      const tooMuch = limits.maxBytes !== undefined && bytes + entry.bytes > limits.maxBytes;
      if ((old || tooMuch || unlimited) && (await this.removeUnused(entry))) removed.push(entry);
      else bytes += entry.bytes;
    }
    return removed;
  }

  async #open(
    id: string,
    copy: number,
    lock: Lock,
    options: { uid?: number; gid?: number; mode?: number; fill?: (folder: string) => Promise<boolean> },
  ): Promise<HeldMount> {
    try {
      const base = this.#base(id, copy);
      const path = join(base, 'data');
      if (options.fill && !(await isThere(path))) await this.#fill(base, path, options.fill, { id });
      let isNew = !(await isThere(path));
      if (isNew) {
        await writeFileAtomic(join(base, 'mount.json'), JSON.stringify({ id, created: Date.now() }), { fsync: false });
        // Of two that share it at once, one has made it.
        isNew = await makeOnce(path);
      }
      if (isNew) {
        // Owner and mode are given to a new folder only, as BuildKit does; mkdir's mode would be cut by the umask.
        await chmod(path, options.mode ?? 0o755);
        if (options.uid || options.gid) await chown(path, options.uid ?? 0, options.gid ?? 0);
      }
      const record = join(base, 'mount.json');
      return {
        path,
        copy,
        isNew,
        async release() {
          const now = new Date();
          await utimes(record, now, now).catch(() => {});
          await lock.release();
        },
      };
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Beside its place, then by rename: nobody who shares it sees a part, and what a crash left is thrown away. */
  async #fill(
    base: string,
    path: string,
    fill: (folder: string) => Promise<boolean>,
    { id }: { id: string },
  ): Promise<void> {
    await withLock(join(base, 'filling.lock'), { mode: 'exclusive' }, async () => {
      if (await isThere(path)) return;
      const filling = join(base, 'filling');
      await rm(filling, { recursive: true, force: true });
      await mkdir(filling, { recursive: true });
      if (await fill(filling)) {
        await writeFileAtomic(join(base, 'mount.json'), JSON.stringify({ id, created: Date.now() }), { fsync: false });
        await rename(filling, path);
      } else await rm(filling, { recursive: true, force: true });
    });
  }

  async #entry(hash: string, copy: number): Promise<MountEntry | undefined> {
    const base = join(this.folder, hash, String(copy));
    try {
      const record = join(base, 'mount.json');
      const { id, created } = JSON.parse(await readFile(record, 'utf8')) as { id: string; created: number };
      const usedAt = (await stat(record)).mtimeMs;
      const inUse = lockOwners(join(base, 'lock')).length > 0;
      return {
        id,
        copy,
        path: join(base, 'data'),
        bytes: await folderSize(join(base, 'data')),
        created,
        usedAt,
        inUse,
      };
    } catch {
      // Being made or removed at this moment.
      return undefined;
    }
  }

  /** False when somebody uses it. */
  async removeUnused(entry: MountEntry): Promise<boolean> {
    const lock = await tryLock(this.#lock(entry.id, entry.copy), 'exclusive');
    if (!lock) return false;
    try {
      const base = this.#base(entry.id, entry.copy);
      for (const name of ['data', 'filling']) await rm(join(base, name), { recursive: true, force: true });
      await rm(join(base, 'mount.json'), { force: true });
      return true;
    } finally {
      await lock.release();
    }
  }

  #base(id: string, copy: number): string {
    return join(this.folder, digestHex(sha256(id)).slice(0, 32), String(copy));
  }

  #lock(id: string, copy: number): string {
    return join(this.#base(id, copy), 'lock');
  }
}

async function isThere(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

async function makeOnce(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
