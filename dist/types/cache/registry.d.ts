import type { ContentStore } from '../content/store.js';
import type { Descriptor } from '../oci/descriptor.js';
import { type Reference } from '../oci/reference.js';
import type { Progress } from '../progress.js';
import type { Repository } from '../registry/repository.js';
import { BundleCache } from './bundle.js';
import type { CacheKey, CacheRecord } from './cache.js';
import type { LazyLayers } from './lazy-layers.js';
import type { Meter } from './metered.js';
import type { SavedMount } from './saved-mount.js';
interface Options {
    progress?: Progress | undefined;
    signal?: AbortSignal | undefined;
}
/**
 * `--cache-from type=registry,ref=NAME`: the records of a bundle, an OCI artifact of ours. Its layers stay in the
 * registry until something needs them.
 */
export declare function importRegistry(repository: Repository, reference: Reference, lazy: LazyLayers, store: ContentStore, options?: Options & {
    meter?: Meter | undefined;
}): Promise<BundleCache>;
/**
 * `--cache-to type=registry,ref=NAME`: layers that the repository lacks, then the list of records, then the tag. The tag
 * is not moved when it names this very bundle.
 */
export declare function exportRegistry(repository: Repository, reference: Reference, records: ReadonlyMap<CacheKey, CacheRecord>, from: ContentStore, options?: Options & {
    mounts?: readonly SavedMount[] | undefined;
}): Promise<Descriptor>;
export {};
