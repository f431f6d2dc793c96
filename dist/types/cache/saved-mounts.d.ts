import type { LayoutStore } from '../content/layout-store.js';
import type { Progress, Task } from '../progress.js';
import type { CacheMountReport } from '../reports.js';
import type { Helper } from '../runtime/helper.js';
import type { BundleCache } from './bundle.js';
import type { LazyLayers } from './lazy-layers.js';
import type { CacheMounts } from './mounts.js';
import { type MountIdentity, type SavedMount } from './saved-mount.js';
/** Bytes of archives that a cache elsewhere keeps when nobody says. */
export declare const MOUNT_BUDGET: number;
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
export declare class SavedMounts {
    #private;
    readonly restored: CacheMountReport[];
    constructor(services: Services);
    addSource(name: string, cache: BundleCache): void;
    /** A step ran with this mount. */
    use(identity: MountIdentity, copy: number): void;
    /** Puts a saved mount's files into an empty folder. False: there is none, or it could not be had, which is said. */
    fill(identity: MountIdentity, folder: string, task: Task, signal: AbortSignal): Promise<boolean>;
    /**
     * What caches that are written keep: mounts of this build as they are now, then those that it did not use, the least
     * recently used left out where the archives would be more than `budget` bytes.
     */
    collect(budget: number, signal: AbortSignal): Promise<SavedMount[]>;
}
export {};
