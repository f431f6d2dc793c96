import type { Containers } from '../../container/containers.js';
import type { ContainerBase } from '../../container/create.js';
import type { ContainerOptions } from '../../container/options.js';
import { type OpenPlace } from './commands.js';
export interface PlaceOptions {
    /** All but what is run and its variables. */
    container: Omit<ContainerOptions, 'command' | 'entrypoint' | 'autoRemove'>;
    /** Seconds for each program. */
    timeout: number;
    signal: AbortSignal;
}
/** Places for command checks: a container each, started again for every program, gone when it is closed. */
export declare function containerPlaces(containers: Containers, base: ContainerBase, options: PlaceOptions): OpenPlace;
