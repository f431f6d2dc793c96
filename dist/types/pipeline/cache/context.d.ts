import type { ActionsEntries } from '../../cache/actions/entries.js';
import type { BundleCache } from '../../cache/bundle.js';
import type { LazyLayers } from '../../cache/lazy-layers.js';
import type { Meter } from '../../cache/metered.js';
import type { SavedMounts } from '../../cache/saved-mounts.js';
import type { Progress } from '../../progress.js';
import type { RegistryFlags } from '../../registry/open.js';
import type { CacheSourceReport } from '../../reports.js';
import type { Engine } from '../wire.js';
import type { ActionsCaches } from './actions.js';
import type { CacheLocation } from './location.js';
export interface CacheOptions {
    progress: Progress;
    signal: AbortSignal;
    cacheFrom?: readonly CacheLocation[];
    cacheTo?: readonly CacheLocation[];
    registry?: RegistryFlags;
    /** Scopes of GitHub's cache service are only made ready: the end of the job saves them. */
    later?: boolean;
}
/** A cache that is read, with what it gave. */
export interface OpenedCache {
    location: CacheLocation;
    cache: BundleCache;
    meter: Meter;
    entries?: ActionsEntries;
    report: CacheSourceReport;
}
/** What reading and writing caches elsewhere goes by. */
export interface CacheContext {
    engine: Engine;
    options: CacheOptions;
    actions: ActionsCaches;
    lazy: LazyLayers;
    savedMounts: SavedMounts;
    opened: OpenedCache[];
}
