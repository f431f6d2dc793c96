import type { BuildResult } from '../../build/build.js';
import type { Cache } from '../../cache/cache.js';
import type { LazyLayers } from '../../cache/lazy-layers.js';
import type { SavedMounts } from '../../cache/saved-mounts.js';
import type { Progress } from '../../progress.js';
import type { CacheReport } from '../../reports.js';
import type { Engine } from '../wire.js';
import type { CacheOptions } from './context.js';
import { type CacheLocation } from './location.js';
/** The caches of one build: the local one, those that it reads, and those that it writes when it is done. */
export declare class BuildCaches {
    #private;
    /** The local cache, then those that are only read. */
    readonly caches: Cache[];
    private constructor();
    /** Layers that caches elsewhere have. */
    get lazy(): LazyLayers | undefined;
    /** Cache mounts that they have. */
    get savedMounts(): SavedMounts | undefined;
    static open(engine: Engine, options: CacheOptions): Promise<BuildCaches>;
    /** Writes the caches that are to be written. Those of GitHub's service never fail a build; others unless they were told to. */
    save(result: BuildResult | undefined, which?: readonly CacheLocation['type'][]): Promise<void>;
    /** Undefined when no other caches than the local one were asked for. */
    report(): CacheReport | undefined;
    /** Hears why steps were not cached. */
    watch(progress: Progress): Progress;
    close(): Promise<void>;
}
