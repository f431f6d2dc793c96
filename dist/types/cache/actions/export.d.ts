import type { ContentStore } from '../../content/store.js';
import type { Descriptor } from '../../oci/descriptor.js';
import { type Digest } from '../../oci/digest.js';
import { type ActionsEntries } from './entries.js';
import type { CacheService } from './protocol.js';
export interface ActionsExport {
    scope: string;
    /** What is saved: a bundle in `from`. */
    bundle: Descriptor;
    from: ContentStore;
    /** Where a blob lies as a file that is never changed, to be linked instead of copied. */
    fileOf?: (blob: Descriptor) => Promise<string | undefined>;
    /** Layers of the result: they are wanted together. */
    resultLayers: ReadonlySet<Digest>;
    /** What was there before, where it was read already. */
    before?: ActionsEntries | undefined;
    /** Keys of packs that came damaged. */
    damaged?: ReadonlySet<string>;
    now: Date;
    signal: AbortSignal;
}
export interface ActionsSaved {
    /** False: the service has this very bundle. */
    changed: boolean;
    /** What was sent. */
    blobs: number;
    bytes: number;
    /** What all keys of the scope begin with, and the keys that are in use from now on. */
    prefix: string;
    keys: string[];
}
/**
 * `--cache-to type=gha`: packs of blobs that the service lacks, side by side, then an index that names them. Entries are
 * immutable and the index comes last, so whoever reads meanwhile, or a save that is cut off, finds what was there before.
 */
export declare function exportActions(service: CacheService, options: ActionsExport): Promise<ActionsSaved>;
