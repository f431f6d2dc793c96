import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { makeFolder, writeFileAtomic } from '../files.ts';
import { Tree } from '../layer/tree.ts';
import { bootId } from '../owner.ts';
import { CopySnapshotter } from './copy.ts';
import { OverlaySnapshotter, type SnapshotterOptions } from './overlay.ts';
import type { Snapshotter } from './snapshotter.ts';

/**
 * The snapshotter that works in this folder: overlayfs, found out by really mounting one, else copies. What was found is
 * kept for this run of the kernel.
 */
export async function openSnapshotter(
  options: SnapshotterOptions,
  onCopies: (reason: unknown) => void = () => {},
): Promise<Snapshotter> {
  const kept = join(options.folder, options.rootless ? 'overlay-rootless' : 'overlay-works');
  if ((await readFile(kept, 'utf8').catch(() => '')) === bootId()) return new OverlaySnapshotter(options);
  const snapshots = new OverlaySnapshotter(options);
  const reason = await whyNot(snapshots, options);
  if (reason !== undefined) {
    onCopies(reason);
    return new CopySnapshotter(options);
  }
  await makeFolder(options.folder, 0o700);
  await writeFileAtomic(kept, bootId(), { fsync: false });
  return snapshots;
}

/** What the system says to a mount; other failures are nobody's reason to copy. */
async function whyNot(snapshots: OverlaySnapshotter, options: SnapshotterOptions): Promise<unknown> {
  const probe = await snapshots.prepare(undefined);
  try {
    await new Tree(options.helper, probe.overlay).write('probe', '', { mode: 0o600, uid: 0, gid: 0 });
    return undefined;
  } catch (error) {
    if (codeOf(error) === 'helper-missing' || codeOf(error) === 'helper-unusable') throw error;
    return error;
  } finally {
    await snapshots.remove(probe);
  }
}
