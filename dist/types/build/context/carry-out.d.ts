import { type Root } from '../../layer/root-records.js';
import { type Helper } from '../../runtime/helper.js';
import type { CopySource } from './entry.js';
import type { Planned } from './plan.js';
import type { SourceText } from './select.js';
export interface CarryOutOptions {
    helper: Helper;
    root: Root;
    source?: {
        label: string;
        source: CopySource;
    } | undefined;
    signal?: AbortSignal | undefined;
    /** In a user namespace: devices are left out. */
    rootless?: boolean | undefined;
    destination: SourceText;
}
/** Gives planned operations to the helper, in order, as many at a time as are worth it; stops at the first that fails. */
export declare function carryOut(planned: AsyncIterable<Planned> | Iterable<Planned>, options: CarryOutOptions): Promise<void>;
