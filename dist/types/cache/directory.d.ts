import type { ContentStore } from '../content/store.js';
import type { Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import type { Progress } from '../progress.js';
import { BundleCache } from './bundle.js';
import type { CacheKey, CacheRecord } from './cache.js';
import type { LazyLayers } from './lazy-layers.js';
import type { Meter } from './metered.js';
import type { SavedMount } from './saved-mount.js';
export interface DirectoryOptions {
    /** Cache mounts that go with the records. */
    mounts?: readonly SavedMount[] | undefined;
    /** Several caches may share a folder, under tags; default `latest`. */
    tag?: string | undefined;
    progress?: Progress | undefined;
    signal?: AbortSignal | undefined;
}
/**
 * `--cache-to type=local,dest=FOLDER`: writes records and their layers as an OCI layout. What an earlier export under
 * this tag left and nobody names any more is removed, so that the folder does not grow for ever.
 */
export declare function exportDirectory(folder: string, records: ReadonlyMap<CacheKey, CacheRecord>, store: ContentStore, options?: DirectoryOptions): Promise<Descriptor>;
/** `--cache-from type=local,src=FOLDER`: reads what {@link exportDirectory} wrote. `digest` chooses a bundle instead of a tag. */
export declare function importDirectory(folder: string, store: ContentStore, options?: DirectoryOptions & {
    digest?: Digest | undefined;
    lazy?: LazyLayers | undefined;
    meter?: Meter | undefined;
}): Promise<BundleCache>;
