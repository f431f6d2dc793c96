import type { HelperRecord } from '../runtime/helper.js';
import { type OverlayMount } from '../runtime/overlay.js';
/** Where a helper works: a folder, or an overlay that it mounts for itself alone. */
export type Root = string | OverlayMount;
/** The record that tells the helper its root. An overlay without lower layers is a plain folder (the copying snapshotter). */
export declare function rootRecord(root: Root): HelperRecord;
/** The same for a further root that is only read, under a name. */
export declare function sourceRecord(name: string, root: Root): HelperRecord;
