import type { Fetcher, Layer } from '../content/store.js';
import type { LayerLimits } from '../layer/apply.js';
import { type Digest } from '../oci/digest.js';
import { type Progress } from '../progress.js';
import type { Helper } from '../runtime/helper.js';
import type { Chains } from './chains.js';
import type { Places } from './places.js';
export interface UnpackTools {
    places: Places;
    chains: Chains;
    helper: Helper;
    rootless: boolean;
    /** Only one id is mapped: owners become ours. */
    ignoreOwner: boolean;
    limits?: Partial<LayerLimits>;
}
/**
 * Unpacks the layers that are missing, several at once; other processes that want the same wait and find it done. Locks
 * are taken from the base up, in the same order by everybody, so nobody waits in a circle.
 */
export declare function unpackLayers(tools: UnpackTools, layers: readonly Layer[], content: Fetcher, progress?: Progress, signal?: AbortSignal): Promise<Digest | undefined>;
/** The root of a layer whose tar does not name it looks like the root below. */
export declare function lookLike(folder: string, model: string): void;
