import type { Cache } from '../cache/cache.js';
import type { LazyLayers } from '../cache/lazy-layers.js';
import type { CacheMounts } from '../cache/mounts.js';
import type { SavedMounts } from '../cache/saved-mounts.js';
import type { LayoutStore } from '../content/layout-store.js';
import type { Slots } from '../content/slots.js';
import type { Descriptor } from '../oci/descriptor.js';
import type { Progress } from '../progress.js';
import type { Helper } from '../runtime/helper.js';
import type { ImageRegistry } from './base.js';
import type { Download } from './context/download.js';
import type { RunTools } from './ops/run-tools.js';
import type { StepSnapshots } from './vertex.js';
/** The mechanisms that a build works with. */
export interface BuildServices {
    content: LayoutStore;
    refs: {
        get(name: string): Promise<Descriptor | undefined>;
        list?(): Promise<readonly {
            name: string;
        }[]>;
    };
    snapshots: StepSnapshots;
    helper: Helper;
    runtime: RunTools['runtime'];
    /** The local cache, then those that are only read. */
    caches: readonly Cache[];
    /** Layers that those caches have elsewhere. */
    lazy?: LazyLayers;
    /** Layers of the result that are wanted here; absent: all. */
    wanted?: (layers: readonly Descriptor[]) => Promise<readonly Descriptor[]>;
    cacheMounts: CacheMounts;
    /** What caches elsewhere have of them, and what is to be kept there. */
    savedMounts?: SavedMounts;
    registry?: ImageRegistry;
    /** For ADD of URLs. */
    download: Download;
    progress: Progress;
    signal: AbortSignal;
    /** Bounds executing steps; shared by the builds of one process. */
    slots: Slots;
    /** Folder of lasting state: scratch folders, locks, stat cache. */
    root: string;
    /** Folder in memory: sockets and secrets. */
    run: string;
    rootless: boolean;
}
