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
  /** Root only inside a user namespace. */
  rootless: boolean;
}
