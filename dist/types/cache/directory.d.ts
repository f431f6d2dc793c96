import type { ContentStore } from '../content/store.js';
import type { Descriptor } from '../oci/descriptor.js';
import type { Digest } from '../oci/digest.js';
import type { Progress } from '../progress.js';
import type { Cache, CacheKey, CacheRecord } from './cache.js';
export interface DirectoryOptions {
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
}): Promise<Cache>;
