import type { Helper, HelperRecord, HelperReport } from '../runtime/helper.js';
import { type Root } from './root-records.js';
export interface TreePlace {
    helper: Helper;
    root: Root;
    /** Further roots that can be copied from, by name. */
    sources?: Readonly<Record<string, Root>>;
    /** In a user namespace: devices are left out of copies. */
    rootless?: boolean;
    signal?: AbortSignal;
}
/** One operation that waits for its answer. */
export interface Operation {
    record: HelperRecord;
    /** Hears the entries that come before the answer. */
    onEntry?: (entry: HelperReport) => void;
    resolve(result: HelperReport): void;
    reject(error: unknown): void;
}
/**
 * Runs operations in order, in one process. Each is answered or fails alone; when the process cannot start, or dies,
 * all that were not answered fail.
 */
export declare function runBatch(place: TreePlace, operations: readonly Operation[]): Promise<void>;
