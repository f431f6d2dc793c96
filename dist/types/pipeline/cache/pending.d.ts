import { type Descriptor } from '../../oci/descriptor.js';
import { type Digest } from '../../oci/digest.js';
import type { Progress } from '../../progress.js';
import type { CacheSaveReport } from '../../reports.js';
import type { Engine } from '../wire.js';
import { type CacheScope } from './location.js';
/** A cache that the end of a job is to save. */
export interface PendingCache {
    location: CacheScope;
    /** In the store, which keeps it while it is pending. */
    bundle: Descriptor;
    resultLayers: readonly Digest[];
    /** Keys of packs that came damaged. */
    damaged: readonly string[];
}
/** What was saved, and what of the scope is in use from now on: the rest may be pruned by who has the token. */
export interface SavedScope {
    report: CacheSaveReport;
    prefix?: string;
    keys?: string[];
}
/** Remembers a cache for {@link savePending}. A later build of the job with the same scope takes its place. */
export declare function addPending(engine: Engine, pending: PendingCache): Promise<void>;
/** Saves what builds of this job left to be saved, and forgets it, saved or not. */
export declare function savePending(engine: Engine, { progress, signal, timeoutMs }: {
    progress: Progress;
    signal: AbortSignal;
    timeoutMs: number;
}): Promise<SavedScope[]>;
/** What gc must leave. */
export declare function pendingRoots(engine: Engine): AsyncGenerator<Descriptor>;
