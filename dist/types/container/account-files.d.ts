import type { OverlayMount } from '../runtime/overlay.js';
import type { AccountFiles } from './user.js';
/** Reads a file inside the mounted root, links resolved in it; undefined when there is none. */
export type RootReader = (path: string, max: number) => Promise<string | undefined>;
/**
 * The image's /etc/passwd and /etc/group. While nothing runs in the root the layer folders do not change, so the
 * topmost layer that has a plain file of that name is read directly; whatever is less plain (links, a folder that may
 * hide what lies below) is left to `mounted`, which asks the kernel's overlay through the helper.
 */
export declare function readAccountFiles(overlay: OverlayMount, mounted: RootReader): Promise<AccountFiles>;
/** The same of a running container, where everything goes through the helper: somebody may be changing it right now. */
export declare function readRunningAccountFiles(mounted: RootReader): Promise<AccountFiles>;
