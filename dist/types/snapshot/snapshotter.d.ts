import type { Fetcher, Layer } from '../content/store.js';
import type { Digest } from '../oci/digest.js';
import type { Progress } from '../progress.js';
import type { OverlayMount } from '../runtime/overlay.js';
export type { OverlayMount } from '../runtime/overlay.js';
/** A root filesystem: read-only layers, and one writable folder on top while it is being changed. */
export interface Snapshot {
    readonly id: string;
    /** How the helper mounts it: arguments of its `rootfs-overlay` record. Lower folders topmost first, relative to `cwd`. */
    readonly overlay: OverlayMount;
}
/** Makes root filesystems. One unpacked folder per layer and chain, shared by all who use it. */
export interface Snapshotter {
    /** Unpacks what is not unpacked yet, verifying each diff ID. Concurrent calls for one chain do the work once. Returns the chain ID, undefined for no layers. */
    unpack(layers: readonly Layer[], content: Fetcher, progress?: Progress, signal?: AbortSignal): Promise<Digest | undefined>;
    /** A writable snapshot on top of an unpacked chain. `key` names it on disk (a container's ID); default random. */
    prepare(parent: Digest | undefined, options?: PrepareOptions): Promise<Snapshot>;
    /** A read-only view of a chain. Needs no removal: it is protected from `collect` until `release`, or the end of this process. */
    view(parent: Digest | undefined): Promise<Snapshot>;
    /** Finds a prepared snapshot again, in another process. */
    open(key: string): Promise<Snapshot | undefined>;
    /** Turns a prepared snapshot's upper folder into the unpacked form of layer `diffId` on its parent: nothing is copied. The snapshot is gone afterwards. `bytes`: what its files take, for `sizes`. */
    commit(snapshot: Snapshot, diffId: Digest, bytes?: number): Promise<Digest>;
    remove(snapshot: Snapshot): Promise<void>;
    /** This process no longer uses the chain of its views. */
    release(parent: Digest): Promise<void>;
    /** Removes unpacked layers of chains that are not in `keep`, not below one that is, and not in use; and what crashes left. */
    collect(keep: ReadonlySet<Digest>, only?: ReadonlySet<Digest>): Promise<{
        bytes: number;
        chains: number;
    }>;
    /** Bytes that the topmost layer of each unpacked chain takes, as far as they were counted. */
    sizes(): Promise<ReadonlyMap<Digest, number>>;
    /** Clears what crashes left, and nothing else; not again when somebody did so within `every` milliseconds. */
    sweep(every?: number): Promise<void>;
}
export interface PrepareOptions {
    key?: string;
    /** No fsync at unmount: for build steps and ephemeral test containers. */
    volatile?: boolean;
}
