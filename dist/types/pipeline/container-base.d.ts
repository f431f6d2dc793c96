import type { ContainerBase } from '../container/create.js';
import { type Platform } from '../oci/platform.js';
import type { Progress } from '../progress.js';
import type { Engine } from './wire.js';
export interface BaseOptions {
    platform?: Platform | undefined;
    /** Default: `missing`. */
    pull?: 'always' | 'missing' | 'never' | undefined;
    progress?: Progress | undefined;
    signal?: AbortSignal | undefined;
    /** Called before a pull begins. */
    onPull?: () => void;
}
/**
 * The image for a new container: from the store, by name or ID; from its registry when it is not there, or when it is
 * there for another platform than asked. The caller holds a lease, so that a prune does not take it away meanwhile.
 */
export declare function containerBase(engine: Engine, name: string, options?: BaseOptions): Promise<ContainerBase>;
