import type { Descriptor } from '../oci/descriptor.js';
import type { Progress } from '../progress.js';
import { Container } from './container.js';
import { type ContainerBase } from './create.js';
import type { ContainerOptions } from './options.js';
import type { ContainerServices } from './services.js';
/** All containers of one root folder. */
export declare class Containers {
    readonly services: ContainerServices;
    constructor(services: ContainerServices);
    /** Makes a container and leaves it waiting to be started. */
    create(base: ContainerBase, options: ContainerOptions, progress?: Progress): Promise<Container>;
    /** By name, ID, or the beginning of an ID. */
    get(nameOrId: string): Promise<Container>;
    /** Newest first. Containers of `--rm` that ended without anybody to remove them are removed on the way. */
    list(): Promise<Container[]>;
    /** What images containers stand on: garbage collection keeps these. */
    roots(): AsyncGenerator<Descriptor, void, undefined>;
    /** Names of all volumes that containers use, running or not. */
    usedVolumes(): Promise<Set<string>>;
    /** Containers that use a volume, running or not. */
    usersOfVolume(name: string): Promise<string[]>;
}
