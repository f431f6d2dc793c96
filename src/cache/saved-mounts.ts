import { mkdir, rm } from 'node:fs/promises';
import type { LayoutStore } from '../content/layout-store.ts';
import { messageOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Progress, Task } from '../progress.ts';
import type { CacheMountReport } from '../reports.ts';
import type { Helper } from '../runtime/helper.ts';
import type { BundleCache } from './bundle.ts';
import type { LazyLayers } from './lazy-layers.ts';
import { packMount, unpackMount } from './mount-archive.ts';
import type { CacheMounts } from './mounts.ts';
import { type MountIdentity, mountKey, type SavedMount } from './saved-mount.ts';

/** Bytes of archives that a cache elsewhere keeps when nobody says. */
export const MOUNT_BUDGET = 2 * 1024 ** 3;

interface Services {
  mounts: CacheMounts;
  store: LayoutStore;
  helper: Helper;
  rootless: boolean;
  progress: Progress;
  /** Hears where archives are that were not needed. */
  lazy: LazyLayers;
}

/**
 * Cache mounts that outlive a machine: a mount that is new here begins with what a cache elsewhere has of it, in the
 * moment when a step runs with it; after the build what steps used is packed for the caches that are written.
 */
export class SavedMounts {
  readonly restored: CacheMountReport[] = [];
  readonly #services: Services;
  readonly #sources: { name: string; cache: BundleCache }[] = [];
  readonly #used = new Map<string, { identity: MountIdentity; copy: number }>();
  #packed: Promise<SavedMount[]> | undefined;

  constructor(services: Services) {
    this.#services = services;
  }

  addSource(name: string, cache: BundleCache): void {
    this.#sources.push({ name, cache });
  }

  /** A step ran with this mount. */
  use(identity: MountIdentity, copy: number): void {
    const key = mountKey(identity);
    const known = this.#used.get(key);
    if (known === undefined || copy < known.copy) this.#used.set(key, { identity, copy });
  }

  /** Puts a saved mount's files into an empty folder. False: there is none, or it could not be had, which is said. */
  async fill(identity: MountIdentity, folder: string, task: Task, signal: AbortSignal): Promise<boolean> {
    const key = mountKey(identity);
    for (const { name, cache } of this.#sources) {
      const saved = cache.mounts.get(key);
      if (saved === undefined) continue;
      const began = performance.now();
      const report = { id: identity.id, from: name, bytes: saved.archive.size };
      try {
        const { helper, rootless } = this.#services;
        const archive = await cache.source.fetch(saved.archive);
        const checked = await this.#checked(saved.archive, archive);
        const bytes = await unpackMount(checked, folder, { helper, rootless, signal });
        const milliseconds = Math.round(performance.now() - began);
        this.restored.push({ ...report, milliseconds });
        task.note(
          `cache mount ${identity.id}: ${bytes} bytes restored from ${name} in ${(milliseconds / 1000).toFixed(1)} s`,
        );
        return true;
      } catch (error) {
        signal.throwIfAborted();
        const problem = messageOf(error);
        this.restored.push({ ...report, bytes: 0, milliseconds: Math.round(performance.now() - began), problem });
        this.#services.progress.warn(`cache mount ${identity.id} begins empty: ${name}: ${problem}`);
        // a part of it may be there
        await rm(folder, { recursive: true, force: true });
        await mkdir(folder);
      }
    }
    return false;
  }

  /**
   * What caches that are written keep: mounts of this build as they are now, then those that it did not use, the least
   * recently used left out where the archives would be more than `budget` bytes.
   */
  async collect(budget: number, signal: AbortSignal): Promise<SavedMount[]> {
    if (budget === 0) return [];
    this.#packed ??= this.#pack(signal);
    const packed = await this.#packed;
    const known = new Map(packed.map((mount) => [mount.key, mount]));
    for (const { cache } of this.#sources)
      for (const [key, mount] of cache.mounts) {
        if (known.has(key)) continue;
        known.set(key, mount);
        this.#services.lazy.add(mount.archive, cache.source);
      }
    const kept: SavedMount[] = [];
    let bytes = 0;
    for (const mount of [...known.values()].sort((a, b) => (a.usedAt < b.usedAt ? 1 : -1))) {
      if (bytes + mount.archive.size > budget) {
        if (packed.includes(mount))
          this.#services.progress.warn(
            `cache mount ${mount.id} is not kept: with ${mount.archive.size} bytes it is more than the ${budget} that mounts may take`,
          );
        continue;
      }
      bytes += mount.archive.size;
      kept.push(mount);
    }
    return kept;
  }

  async #pack(signal: AbortSignal): Promise<SavedMount[]> {
    const { mounts, store, helper, rootless, progress } = this.#services;
    const packed: SavedMount[] = [];
    const usedAt = new Date().toISOString();
    for (const [key, { identity, copy }] of this.#used) {
      const task = progress.start({ name: `packing cache mount ${identity.id}` });
      try {
        const archive = await mounts.withUnused(identity.id, copy, (folder) =>
          packMount(folder, store, { helper, rootless, signal }),
        );
        if (archive === undefined) task.note('another build uses it: what was kept before stays');
        else packed.push({ key, id: identity.id, archive, usedAt });
        task.done();
      } catch (error) {
        signal.throwIfAborted();
        task.done();
        progress.warn(`cache mount ${identity.id} is not kept: ${messageOf(error)}`);
      }
    }
    return packed;
  }

  /** An archive is unpacked only when all of it is what its name says: half of a cache is worse than none. */
  async #checked(archive: Descriptor, body: Awaited<ReturnType<LayoutStore['fetch']>>) {
    const { store } = this.#services;
    await store.push(archive, body);
    return store.fetch(archive);
  }
}
