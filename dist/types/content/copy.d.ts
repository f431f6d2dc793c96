import type { Descriptor } from '../oci/descriptor.js';
import { type ImageIndex, type Manifest } from '../oci/manifest.js';
import { type Platform } from '../oci/platform.js';
import { type Progress } from '../progress.js';
import type { ContentStore, Fetcher } from './store.js';
export interface CopyOptions {
    progress?: Progress | undefined;
    /** Tasks are shown under this name. */
    group?: string | undefined;
    /** Blobs in transfer at once; default 4. */
    parallel?: number | undefined;
    /** Of an index, copy only what serves these platforms best. The index itself is copied as it is, so it may name manifests that are not there. */
    platforms?: readonly Platform[] | undefined;
    /** Layers that need not come along: true for none at all. */
    skipLayers?: boolean | ((layer: Descriptor) => boolean | Promise<boolean>) | undefined;
    /** A manifest that is at the destination has its children there, as registries promise: do not look at them. */
    trustParents?: boolean | undefined;
    signal?: AbortSignal | undefined;
}
/**
 * Copies everything that `root` leads to, children before parents, so that no reader of the destination ever sees a
 * manifest whose parts are missing. What is there is not sent again, which also makes a copy that was cut off go on
 * where it was. Each blob moves once. The first failure stops everything.
 */
export declare function copyGraph(from: Fetcher, to: ContentStore, root: Descriptor, options?: CopyOptions): Promise<void>;
/** The descriptors that a parsed manifest or index names, in the order in which a copy wants them. */
export declare function childrenOf(document: Manifest | ImageIndex): Descriptor[];
