import type { ContentStore } from '../../content/store.js';
import type { Progress } from '../../progress.js';
import { BundleCache } from '../bundle.js';
import type { LazyLayers } from '../lazy-layers.js';
import type { Meter } from '../metered.js';
import { type ActionsEntries } from './entries.js';
import type { CacheService } from './protocol.js';
/**
 * `--cache-from type=gha`: the newest records of a scope that this run may read: its own ref's, else those of the branch
 * that it is to go to, else the default branch's. Layers come with the entry that holds them, when something needs one.
 */
export declare function importActions(service: CacheService, scope: string, lazy: LazyLayers, store: ContentStore, options?: {
    progress?: Progress | undefined;
    signal?: AbortSignal | undefined;
    lookMs?: number | undefined;
    meter?: Meter | undefined;
}): Promise<{
    cache: BundleCache;
    entries: ActionsEntries;
} | undefined>;
