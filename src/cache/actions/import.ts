import type { ContentStore } from '../../content/store.ts';
import type { Progress } from '../../progress.ts';
import { BundleCache, readBundle } from '../bundle.ts';
import type { LazyLayers } from '../lazy-layers.ts';
import type { Meter } from '../metered.ts';
import { type ActionsEntries, readEntries } from './entries.ts';
import { scopePrefix } from './keys.ts';
import type { CacheService } from './protocol.ts';

/**
 * `--cache-from type=gha`: the newest records of a scope that this run may read: its own ref's, else those of the branch
 * that it is to go to, else the default branch's. Layers come with the entry that holds them, when something needs one.
 */
export async function importActions(
  service: CacheService,
  scope: string,
  lazy: LazyLayers,
  store: ContentStore,
  options: {
    progress?: Progress | undefined;
    signal?: AbortSignal | undefined;
    lookMs?: number | undefined;
    meter?: Meter | undefined;
  } = {},
): Promise<{ cache: BundleCache; entries: ActionsEntries } | undefined> {
  const entries = await readEntries(service, scopePrefix(scope), options.lookMs);
  if (entries === undefined) return undefined;
  const bundle = await readBundle({ descriptor: entries.index.bundle, content: entries });
  return { cache: new BundleCache(bundle, entries, store, { ...options, lazy }), entries };
}
