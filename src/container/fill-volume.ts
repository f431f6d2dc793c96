import type { Snapshot } from '../snapshot/snapshotter.ts';
import type { NewVolumes } from './mount-points.ts';
import type { ContainerServices } from './services.ts';

/** An empty volume gets what the image has at its place, owners and modes included, the folder's own too: Docker's copy-up. */
export async function fillVolumes(
  _services: ContainerServices,
  _snapshot: Snapshot,
  _volumes: NewVolumes,
): Promise<void> {}
