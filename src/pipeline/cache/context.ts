import type { ActionsEntries } from '../../cache/actions/entries.ts';
import type { BundleCache } from '../../cache/bundle.ts';
import type { LazyLayers } from '../../cache/lazy-layers.ts';
import type { Meter } from '../../cache/metered.ts';
import type { SavedMounts } from '../../cache/saved-mounts.ts';
import type { Progress } from '../../progress.ts';
import type { RegistryFlags } from '../../registry/open.ts';
import type { CacheSourceReport } from '../../reports.ts';
import type { Engine } from '../wire.ts';
import type { ActionsCaches } from './actions.ts';
import type { CacheLocation } from './location.ts';

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
