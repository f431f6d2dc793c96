import type { LoadedImage } from '../content/image.js';
import type { Fetcher } from '../content/store.js';
import type { Progress } from '../progress.js';
import type { Snapshot } from '../snapshot/snapshotter.js';
import type { ContainerOptions } from './options.js';
import type { ContainerRecord } from './record.js';
import type { ContainerServices } from './services.js';
/** The image a container is made of: read and checked, its blobs in `content`. */
export interface ContainerBase {
    /** As the user wrote it. */
    name: string;
    loaded: LoadedImage;
    content: Fetcher;
}
/** A container that was made just now, and its own root, opened. */
export interface Created {
    record: ContainerRecord;
    snapshot: Snapshot;
}
/** Makes a container: unpacks what is not unpacked, takes the name, makes volumes. Nothing is left when it fails. */
export declare function createContainer(services: ContainerServices, base: ContainerBase, options: ContainerOptions, progress?: Progress): Promise<Created>;
