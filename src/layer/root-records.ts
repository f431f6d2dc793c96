import type { HelperRecord } from '../runtime/helper.ts';
import { type OverlayMount, plainFolder } from '../runtime/overlay.ts';

/** Where a helper works: a folder, or an overlay that it mounts for itself alone. */
export type Root = string | OverlayMount;

/** The record that tells the helper its root. An overlay without lower layers is a plain folder (the copying snapshotter). */
export function rootRecord(root: Root): HelperRecord {
  const folder = plainFolder(root);
  if (folder !== undefined) return ['root', folder];
  const { cwd, options, upper, work, lowers } = root as OverlayMount;
  return ['root-overlay', cwd, options, upper, work, ...lowers];
}

/** The same for a further root that is only read, under a name. */
export function sourceRecord(name: string, root: Root): HelperRecord {
  const [kind, ...rest] = rootRecord(root);
  return [kind === 'root' ? 'source' : 'source-overlay', name, ...rest];
}
