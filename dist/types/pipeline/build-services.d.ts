import type { BuildResult } from '../build/build.js';
import type { BuildServices } from '../build/services.js';
import { Slots } from '../content/slots.js';
import type { CacheReport } from '../reports.js';
import type { CacheOptions } from './cache/context.js';
import type { CacheLocation } from './cache/location.js';
import type { Engine } from './wire.js';
export interface BuildServicesOptions extends CacheOptions {
    /** Steps that execute at once. */
    jobs: number;
    /** Shared with other builds: then these bound the steps of all of them. */
    slots?: Slots;
}
/** What a build works with, and what comes after it. */
export interface OpenedBuild {
    services: BuildServices;
    /** Writes the caches that are to be written, or those of some kinds; without a result what a failed build has got. */
    exports(result: BuildResult | undefined, which?: readonly CacheLocation['type'][]): Promise<void>;
    /** What caches elsewhere gave and took; undefined when there are none. */
    report(): CacheReport | undefined;
    /** Always to be called at the end. */
    close(): Promise<void>;
}
/** The engine's mechanisms as a build wants them, and what exports its cache afterwards. */
export declare function buildServices(engine: Engine, options: BuildServicesOptions): Promise<OpenedBuild>;
