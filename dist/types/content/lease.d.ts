import { type Lock } from '../locks.js';
import type { LayoutStore } from './layout-store.js';
/**
 * Protects from gc what a pull, a build or a load brings in or finds in the store, until a name or a record leads to
 * it: every blob that was written or asked for since the lease began stays. Ends with its process.
 */
export declare function acquireLease(store: LayoutStore): Promise<Lock>;
/** Runs `work` under a lease. */
export declare function withLease<T>(store: LayoutStore, work: () => Promise<T>): Promise<T>;
/** When the oldest living lease began, milliseconds since 1970. */
export declare function oldestLease(store: LayoutStore): number | undefined;
