import type { BuildResult } from '../build/build.js';
import type { BuildServices } from '../build/services.js';
import type { Digest } from '../oci/digest.js';
import type { Progress } from '../progress.js';
import type { RegistryFlags } from '../registry/open.js';
import type { Engine } from './wire.js';
/** A folder that holds a build cache: `type=local`. */
export interface CacheFolder {
    folder: string;
    mode: 'min' | 'max';
    tag?: string;
    digest?: Digest;
}
export interface BuildServicesOptions {
    progress: Progress;
    signal: AbortSignal;
    /** Steps that execute at once. */
    jobs: number;
    cacheFrom?: readonly CacheFolder[];
    cacheTo?: readonly CacheFolder[];
    registry?: RegistryFlags;
}
/** The engine's mechanisms as a build wants them, and what exports its cache afterwards. */
export declare function buildServices(engine: Engine, options: BuildServicesOptions): Promise<{
    services: BuildServices;
    exports(result: BuildResult): Promise<void>;
}>;
