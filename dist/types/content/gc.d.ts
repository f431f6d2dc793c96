import type { Descriptor } from '../oci/descriptor.js';
import { type Digest } from '../oci/digest.js';
import type { LayoutStore } from './layout-store.js';
import type { Refs } from './refs.js';
/** Tells what must stay, with all that it leads to: containers, cache records. Asked while names cannot change. */
export type RootProvider = () => AsyncIterable<Descriptor> | Iterable<Descriptor>;
export interface GarbageOptions {
    /** What was used less than this many milliseconds ago stays; default 0: leases protect what is being brought in. */
    grace?: number;
    /** Only these are candidates. */
    only?: ReadonlySet<Digest>;
    /** Tell, but remove nothing. */
    dryRun?: boolean;
    signal?: AbortSignal | undefined;
}
export interface Garbage {
    removed: {
        digest: Digest;
        size: number;
    }[];
    bytes: number;
}
/**
 * Removes blobs that nothing leads to and nobody uses. One gc at a time; names stand still meanwhile, pulls and builds
 * go on: a blob that one of them asks for in the very moment of its removal is put back.
 */
export declare function collectGarbage(store: LayoutStore, refs: Refs, providers: readonly RootProvider[], options?: GarbageOptions): Promise<Garbage>;
