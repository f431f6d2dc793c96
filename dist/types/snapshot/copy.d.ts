import type { Fetcher, Layer } from '../content/store.js';
import { type Digest } from '../oci/digest.js';
import { type Progress } from '../progress.js';
import type { SnapshotterOptions } from './overlay.js';
import type { PrepareOptions, Snapshot, Snapshotter } from './snapshotter.js';
/**
 * Root file systems where overlayfs cannot be used (inside a container whose own root is an overlay, on NFS): each chain
 * is a whole tree, copied from the one below it, by reflink where the file system can. Slow and large, but it works.
 */
export declare class CopySnapshotter implements Snapshotter {
    #private;
    constructor(options: SnapshotterOptions);
    unpack(layers: readonly Layer[], content: Fetcher, progress?: Progress, signal?: AbortSignal): Promise<Digest | undefined>;
    prepare(parent: Digest | undefined, options?: PrepareOptions): Promise<Snapshot>;
    /** The tree itself: who gets it must not write. */
    view(parent: Digest | undefined): Promise<Snapshot>;
    open(key: string): Promise<Snapshot | undefined>;
    commit(snapshot: Snapshot, diffId: Digest, bytes?: number): Promise<Digest>;
    remove(snapshot: Snapshot): Promise<void>;
    release(parent: Digest): Promise<void>;
    collect(keep: ReadonlySet<Digest>, only?: ReadonlySet<Digest>): Promise<{
        bytes: number;
        chains: number;
    }>;
    sizes(): Promise<ReadonlyMap<Digest, number>>;
    sweep(every?: number): Promise<void>;
}
