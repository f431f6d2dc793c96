import type { BuildResult } from '../build/build.js';
import type { BuildServices } from '../build/services.js';
import { Slots } from '../content/slots.js';
import type { Digest } from '../oci/digest.js';
import { type Reference } from '../oci/reference.js';
import type { Progress } from '../progress.js';
import type { RegistryFlags } from '../registry/open.js';
import type { Engine } from './wire.js';
/** Where a build cache is: a folder (`type=local`) or a name in a registry (`type=registry`). */
export type CacheLocation = CacheFolder | CacheReference;
export interface CacheFolder {
    type: 'local';
    folder: string;
    mode: 'min' | 'max';
    tag?: string;
    digest?: Digest;
    ignoreError?: boolean;
}
export interface CacheReference {
    type: 'registry';
    reference: Reference;
    mode: 'min' | 'max';
    ignoreError?: boolean;
}
export interface BuildServicesOptions {
    progress: Progress;
    signal: AbortSignal;
    /** Steps that execute at once. */
    jobs: number;
    /** Shared with other builds: then these bound the steps of all of them. */
    slots?: Slots;
    cacheFrom?: readonly CacheLocation[];
    cacheTo?: readonly CacheLocation[];
    registry?: RegistryFlags;
}
/** The engine's mechanisms as a build wants them, and what exports its cache afterwards. */
export declare function buildServices(engine: Engine, options: BuildServicesOptions): Promise<{
    services: BuildServices;
    exports(result: BuildResult): Promise<void>;
}>;
