import type { Stats } from 'node:fs';
import { lstat, readdir, rmdir, unlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { AccountFiles } from '../../container/user.ts';
import { Tree } from '../../layer/tree.ts';
import type { Helper } from '../../runtime/helper.ts';
import type { OverlayMount } from '../../runtime/overlay.ts';

/** Something that will be mounted on. */
export interface MountPoint {
  path: string;
  kind: 'file' | 'directory';
}

/** A mount point that was made: where it is, and the first folder on the way that was not there before. */
export interface MadeStub {
  path: string;
  first: string;
}

/**
 * Reads what tells users apart, and makes the mount points that the image does not have, in one process. A container
 * runtime would make them as well, but then nobody would know which ones to take away again.
 */
export async function inspectRoot(
  helper: Helper,
  overlay: OverlayMount,
  points: readonly MountPoint[],
): Promise<{ accounts: AccountFiles; stubs: MadeStub[] }> {
  const tree = new Tree(helper, overlay);
  // What lies inside another mount is not on the root: the runtime makes it there.
  const outer = points.filter(({ path }) => !points.some((other) => path.startsWith(`${other.path}/`)));
  const [passwd, group, ...made] = await Promise.all([
    tree.readIfThere('/etc/passwd'),
    tree.readIfThere('/etc/group'),
    ...outer.map(({ path, kind }) => tree.stub(path, kind)),
  ]);
  const stubs = made.flatMap(({ made: isNew, path, first }) =>
    isNew ? [{ path: bare(path), first: bare(first ?? path) }] : [],
  );
  return { accounts: { passwd: passwd?.toString(), group: group?.toString() }, stubs };
}

/**
 * Takes made mount points away from the upper folder, as far as they are still empty, and with them the copies that
 * overlayfs made of the folders above: the layer shall hold only what the program wrote. The container is gone by now;
 * every step down is looked at first, as it may have left links in the way.
 */
export async function removeStubs(overlay: OverlayMount, stubs: readonly MadeStub[]): Promise<void> {
  const upper = resolve(overlay.cwd, overlay.upper);
  for (const { path, first } of [...stubs].reverse()) {
    let at = path;
    for (;;) {
      if (!(await isPlain(upper, dirname(at))) || !(await removeEmpty(join(upper, at)))) break;
      if (at === first) {
        await removeCopies(overlay, upper, dirname(at));
        break;
      }
      at = dirname(at);
    }
  }
}

/** Folders that overlayfs copied up only because something was made in them. */
async function removeCopies(overlay: OverlayMount, upper: string, path: string): Promise<void> {
  for (let at = path; at !== '.' && at !== ''; at = dirname(at)) {
    const [copy, original] = [await look(join(upper, at)), await lowest(overlay, at)];
    const same =
      copy &&
      original &&
      copy.isDirectory() &&
      original.isDirectory() &&
      copy.mode === original.mode &&
      copy.uid === original.uid &&
      copy.gid === original.gid;
    if (!same || !(await removeEmpty(join(upper, at)))) return;
  }
}

/** The folder as the layers below have it: that of the topmost. */
async function lowest({ cwd, lowers }: OverlayMount, path: string): Promise<Stats | undefined> {
  for (const lower of lowers) {
    const found = await look(resolve(cwd, lower, path));
    if (found) return found;
  }
  return undefined;
}

/** True when every part of the path is a real folder. */
async function isPlain(root: string, path: string): Promise<boolean> {
  let at = root;
  for (const part of path.split('/').filter((word) => word !== '' && word !== '.')) {
    at = join(at, part);
    if (!(await look(at))?.isDirectory()) return false;
  }
  return true;
}

/** Removes an empty file or folder; false when there is none such. */
async function removeEmpty(path: string): Promise<boolean> {
  const found = await look(path);
  if (found === undefined) return false;
  if (found.isDirectory()) {
    if ((await readdir(path)).length > 0) return false;
    await rmdir(path);
    return true;
  }
  if (!found.isFile() || found.size > 0) return false;
  await unlink(path);
  return true;
}

function look(path: string): Promise<Stats | undefined> {
  return lstat(path).catch(() => undefined);
}

function bare(path: string): string {
  return path.replace(/^\/+/, '');
}
