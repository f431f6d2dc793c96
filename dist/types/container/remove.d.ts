import type { Snapshot } from '../snapshot/snapshotter.js';
import type { ContainerRecord } from './record.js';
import type { ContainerServices } from './services.js';
export interface RemoveOptions {
    /** Kill it first when it runs. */
    force?: boolean;
    /** Known to have ended, with its root open: nothing is asked again. */
    ended?: {
        snapshot: Snapshot | undefined;
    };
    /** Volumes that were made for it alone go with it. */
    volumes?: boolean;
}
/** Removes a container with its own layer. */
export declare function removeContainer(services: ContainerServices, record: ContainerRecord, options?: RemoveOptions): Promise<void>;
