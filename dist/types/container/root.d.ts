import type { Root } from '../layer/root-records.js';
import type { Helper } from '../runtime/helper.js';
import type { OverlayMount } from '../runtime/overlay.js';
import type { ContainerRecord } from './record.js';
import type { ContainerServices } from './services.js';
/** Reads a small file inside a root, links resolved in it, by the helper; undefined when it is not there. */
export declare function readInRoot(helper: Helper, root: Root, path: string, max: number): Promise<string | undefined>;
/**
 * Where a container's files are: of a running one its own view, with volumes and everything mounted there; else its
 * overlay, which the helper mounts for itself.
 */
export declare function rootOf(services: ContainerServices, record: ContainerRecord): Promise<Root>;
/**
 * A container's layers to look at, without what is mounted in it: also while it runs, because its own layer is then one
 * of the read-only ones.
 */
export declare function readOnlyView(overlay: OverlayMount): Root;
/** The container's own layer and the layers below it. */
export declare function layersOf(services: ContainerServices, record: ContainerRecord): Promise<OverlayMount>;
