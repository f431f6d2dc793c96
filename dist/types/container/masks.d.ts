/** Kernel files that a container may read and not write: Docker's. */
export declare const DEFAULT_READONLY_PATHS: readonly string[];
/** Kernel files that a container must not see: Docker's, with the thermal counters of every processor (a side channel). */
export declare function defaultMaskedPaths(): readonly string[];
