import type { Fetcher, Layer } from '../content/store.js';
import type { LayerLimits } from '../layer/apply.js';
import type { Digest } from '../oci/digest.js';
import type { Progress } from '../progress.js';
import type { Helper } from '../runtime/helper.js';
import type { PrepareOptions, Snapshot, Snapshotter } from './snapshotter.js';
export interface SnapshotterOptions {
    /** Where everything is kept; made when missing. */
    folder: string;
    helper: Helper;
    /** In a user namespace. */
    rootless?: boolean;
    /** Only one id is mapped: owners become ours. */
    ignoreOwner?: boolean;
    limits?: Partial<LayerLimits>;
}
/** Root file systems by overlayfs: each layer is unpacked once, into a folder of its own. */
export declare class OverlaySnapshotter implements Snapshotter {
    #private;
    constructor(options: SnapshotterOptions);
    unpack(layers: readonly Layer[], content: Fetcher, progress?: Progress, signal?: AbortSignal): Promise<Digest | undefined>;
    prepare(parent: Digest | undefined, options?: PrepareOptions): Promise<Snapshot>;
    view(parent: Digest | undefined): Promise<Snapshot>;
    open(key: string): Promise<Snapshot | undefined>;
    commit(snapshot: Snapshot, diffId: Digest, bytes?: number): Promise<Digest>;
    remove(snapshot: Snapshot): Promise<void>;
    /** Lets go of a view's chain before this process ends. */
    release(parent: Digest): Promise<void>;
    /** Removes unpacked layers of chains that are not in `keep`, not below one that is, and not in use (of `only`, where given); and what crashes left. */
    collect(keep: ReadonlySet<Digest>, only?: ReadonlySet<Digest>): Promise<{
        bytes: number;
        chains: number;
    }>;
    sizes(): Promise<ReadonlyMap<Digest, number>>;
    sweep(every?: number): Promise<void>;
}
