import type { Cache } from '../cache/cache.ts';
import type { LazyLayers } from '../cache/lazy-layers.ts';
import type { CacheMounts } from '../cache/mounts.ts';
import type { SavedMounts } from '../cache/saved-mounts.ts';
import type { LayoutStore } from '../content/layout-store.ts';
import type { Slots } from '../content/slots.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Progress } from '../progress.ts';
import type { Helper } from '../runtime/helper.ts';
import type { ImageRegistry } from './base.ts';
import type { Download } from './context/download.ts';
import type { RunTools } from './ops/run-tools.ts';
import type { StepSnapshots } from './vertex.ts';

/** The mechanisms that a build works with. */
export interface BuildServices {
  content: LayoutStore;
  refs: {
    get(name: string): Promise<Descriptor | undefined>;
    list?(): Promise<readonly { name: string }[]>;
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
