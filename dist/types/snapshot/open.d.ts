import { type SnapshotterOptions } from './overlay.js';
import type { Snapshotter } from './snapshotter.js';
/**
 * The snapshotter that works in this folder: overlayfs, found out by really mounting one, else copies. What was found is
 * kept for this run of the kernel.
 */
export declare function openSnapshotter(options: SnapshotterOptions, onCopies?: (reason: unknown) => void): Promise<Snapshotter>;
