import type { Root } from '../layer/root-records.ts';
import { Tree } from '../layer/tree.ts';
import type { Helper } from '../runtime/helper.ts';
import type { OverlayMount } from '../runtime/overlay.ts';
import { ContainerError } from './container-error.ts';
import { currentState } from './reconcile.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerServices } from './services.ts';

/** Reads a small file inside a root, links resolved in it, by the helper; undefined when it is not there. */
export async function readInRoot(helper: Helper, root: Root, path: string, max: number): Promise<string | undefined> {
  const bytes = await new Tree(helper, root).readIfThere(path, max);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('utf8');
}

/**
 * Where a container's files are: of a running one its own view, with volumes and everything mounted there; else its
 * overlay, which the helper mounts for itself.
 */
export async function rootOf(services: ContainerServices, record: ContainerRecord): Promise<Root> {
  const state = await currentState(services.store, record.id);
  if (state.status === 'running' && state.process !== undefined) return `/proc/${state.process.pid}/root`;
  return layersOf(services, record);
}

/**
 * A container's layers to look at, without what is mounted in it: also while it runs, because its own layer is then one
 * of the read-only ones.
 */
export function readOnlyView(overlay: OverlayMount): Root {
  if (overlay.lowers.length === 0) return overlay.upper;
  const lowers = overlay.upper === '' ? overlay.lowers : [overlay.upper, ...overlay.lowers];
  return { ...overlay, upper: '', work: '', lowers };
}

/** The container's own layer and the layers below it. */
export async function layersOf(services: ContainerServices, record: ContainerRecord): Promise<OverlayMount> {
  const snapshot = await services.snapshots.open(record.id);
  if (snapshot !== undefined) return snapshot.overlay;
  throw new ContainerError('container-damaged', `container ${record.name} has lost its root`);
}
