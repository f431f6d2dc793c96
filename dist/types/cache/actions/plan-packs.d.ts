import type { Descriptor } from '../../oci/descriptor.js';
import type { Pack } from './index-file.js';
export interface PackPlan {
    /** Packs of before that go on. */
    kept: Pack[];
    /** Packs that are to be made. */
    made: Pack[];
}
/**
 * Which entries hold which blobs from now on. A pack of before goes on while at least half of it is of use; what is new is
 * put together by who will want it: layers of the result, layers of other stages, and each cache mount alone.
 */
export declare function planPacks(prefix: string, before: readonly Pack[], wanted: readonly Descriptor[], groupOf: (blob: Descriptor) => string, salt?: string): PackPlan;
