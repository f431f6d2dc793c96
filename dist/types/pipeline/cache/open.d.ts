import type { CacheContext, OpenedCache } from './context.js';
import type { CacheLocation } from './location.js';
/** The records that are there; layers and cache mounts come when they are needed. Undefined: there is none yet. */
export declare function openCache({ engine, options, actions, lazy }: CacheContext, location: CacheLocation): Promise<Pick<OpenedCache, 'cache' | 'meter' | 'entries'> | undefined>;
