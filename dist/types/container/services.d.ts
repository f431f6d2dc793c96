import type { Helper } from '../runtime/helper.js';
import type { Runtime } from '../runtime/runtime.js';
import type { Snapshotter } from '../snapshot/snapshotter.js';
import type { ContainerStore } from './container-store.js';
import type { Volumes } from './volumes.js';
/** What a container's life needs of the floors below. */
export interface ContainerServices {
    store: ContainerStore;
    volumes: Volumes;
    snapshots: Snapshotter;
    runtime: Runtime;
    helper: Helper;
    /** Starts a process that watches a detached container's health; absent where nobody can. */
    supervise?: (id: string) => Promise<void>;
    /** Root only inside a user namespace. */
    rootless: boolean;
}
