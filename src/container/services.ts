import type { Helper } from '../runtime/helper.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Snapshotter } from '../snapshot/snapshotter.ts';
import type { ContainerStore } from './container-store.ts';
import type { Volumes } from './volumes.ts';

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
