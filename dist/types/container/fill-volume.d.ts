import type { Snapshot } from '../snapshot/snapshotter.js';
import type { NewVolumes } from './mount-points.js';
import type { ContainerServices } from './services.js';
/** An empty volume gets what the image has at its place, owners and modes included, the folder's own too: Docker's copy-up. */
export declare function fillVolumes(services: ContainerServices, snapshot: Snapshot, volumes: NewVolumes): Promise<void>;
