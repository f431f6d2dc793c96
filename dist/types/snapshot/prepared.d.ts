import type { Digest } from '../oci/digest.js';
import type { OverlayMount } from '../runtime/overlay.js';
import type { Places } from './places.js';
import type { PrepareOptions, Snapshot } from './snapshotter.js';
/** What is kept of a prepared snapshot, beside its folders. */
export interface PreparedInfo {
    parent?: Digest;
    /** Folders of the layers, topmost first: they stay on the disk while this does. */
    names: string[];
    options: string;
    /** Of the process, for snapshots that nobody will look for: they end with it. */
    owner?: string;
}
/** Makes a writable folder on top of unpacked layers. */
export declare function prepare(places: Places, parent: Digest | undefined, names: string[], options: PrepareOptions, rootless: boolean, 
/** Fills the folder with a copy of the tree `names[0]`, where there is no overlayfs. */
fill?: (fs: string) => Promise<void>): Promise<Snapshot>;
/** A prepared snapshot of any process. */
export declare function openPrepared(places: Places, key: string, isCopy?: boolean): Promise<Snapshot | undefined>;
export declare function infoOf(places: Places, key: string): Promise<PreparedInfo | undefined>;
/** Every prepared snapshot. */
export declare function allPrepared(places: Places): Promise<Map<string, PreparedInfo>>;
/** A mount that shows layers only. overlayfs wants two folders when nothing is writable: an empty one is below. */
export declare function viewOf(places: Places, names: readonly string[], rootless: boolean): OverlayMount;
