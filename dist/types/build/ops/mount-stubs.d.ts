import type { AccountFiles } from '../../container/user.js';
import type { Helper } from '../../runtime/helper.js';
import type { OverlayMount } from '../../runtime/overlay.js';
/** Something that will be mounted on. */
export interface MountPoint {
    path: string;
    kind: 'file' | 'directory';
}
/** A mount point that was made: where it is, and the first folder on the way that was not there before. */
export interface MadeStub {
    path: string;
    first: string;
}
/**
 * Reads what tells users apart, and finds out which mount points the image does not have: the runtime makes those, and
 * they have to be taken away again. Mostly the layers tell; what they do not is asked, and made, in the mounted root.
 */
export declare function inspectRoot(helper: Helper, overlay: OverlayMount, points: readonly MountPoint[], options: {
    runtimeMakes: boolean;
}): Promise<{
    accounts: AccountFiles;
    stubs: MadeStub[];
}>;
/**
 * Takes made mount points away from the upper folder, as far as they are still empty, and with them the copies that
 * overlayfs made of the folders above: the layer shall hold only what the program wrote. The container is gone by now;
 * every step down is looked at first, as it may have left links in the way.
 */
export declare function removeStubs(overlay: OverlayMount, stubs: readonly MadeStub[]): void;
