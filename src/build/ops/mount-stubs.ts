import { lstatSync, readdirSync, rmdirSync, type Stats, unlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { readAccountFiles } from '../../container/account-files.ts';
import type { AccountFiles } from '../../container/user.ts';
import { lookInLayers } from '../../layer/overlay-look.ts';
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
 * Reads what tells users apart, and finds out which mount points the image does not have: the runtime makes those, and
 * they have to be taken away again. Mostly the layers tell; what they do not is asked, and made, in the mounted root.
 */
export async function inspectRoot(
  helper: Helper,
  overlay: OverlayMount,
  points: readonly MountPoint[],
  options: { runtimeMakes: boolean },
): Promise<{ accounts: AccountFiles; stubs: MadeStub[] }> {
  const tree = new Tree(helper, overlay);
  // What lies inside another mount is not on the root: the runtime makes it there.
  const outer = points.filter(({ path }) => !points.some((other) => path.startsWith(`${other.path}/`)));
  const [accounts, stubs] = await Promise.all([
    readAccountFiles(overlay, async (path) => (await tree.readIfThere(path))?.toString()),
    (options.runtimeMakes && missingPoints(overlay, outer)) || makeStubs(tree, outer),
  ]);
  return { accounts, stubs };
}

/** The mount points that will have to be made; undefined when the layers do not tell. */
function missingPoints(overlay: OverlayMount, points: readonly MountPoint[]): MadeStub[] | undefined {
  const missing: MadeStub[] = [];
  for (const { path, kind } of points) {
    const seen = lookInLayers(overlay, path);
    if (seen === 'missing') {
      const first = firstMissing(overlay, path);
      if (first === undefined) return undefined;
      missing.push({ path: bare(path), first: bare(first) });
    } else if (seen === 'unclear' || (seen === 'folder') !== (kind === 'directory')) return undefined;
  }
  return missing;
}

/** The first part of a path that is not there; undefined when something other than folders leads to it. */
function firstMissing(overlay: OverlayMount, path: string): string | undefined {
  let at = '';
  for (const part of bare(path).split('/')) {
    at = `${at}/${part}`;
    const seen = lookInLayers(overlay, at);
    if (seen === 'missing') return at;
    if (seen !== 'folder') return undefined;
  }
  return undefined;
}

async function makeStubs(tree: Tree, points: readonly MountPoint[]): Promise<MadeStub[]> {
  const made = await Promise.all(points.map(({ path, kind }) => tree.stub(path, kind)));
  return made.flatMap(({ made: isNew, path, first }) =>
    isNew ? [{ path: bare(path), first: bare(first ?? path) }] : [],
  );
}

/**
 * Takes made mount points away from the upper folder, as far as they are still empty, and with them the copies that
 * overlayfs made of the folders above: the layer shall hold only what the program wrote. The container is gone by now;
 * every step down is looked at first, as it may have left links in the way.
 */
export function removeStubs(overlay: OverlayMount, stubs: readonly MadeStub[]): void {
  const upper = resolve(overlay.cwd, overlay.upper);
  for (const { path, first } of [...stubs].reverse()) {
    let at = path;
    for (;;) {
      if (!isPlain(upper, dirname(at)) || !removeEmpty(join(upper, at))) break;
      if (at === first) {
        removeCopies(overlay, upper, dirname(at));
        break;
      }
      at = dirname(at);
    }
  }
}

/** Folders that overlayfs copied up only because something was made in them. */
function removeCopies(overlay: OverlayMount, upper: string, path: string): void {
  for (let at = path; at !== '.' && at !== ''; at = dirname(at)) {
    const [copy, original] = [look(join(upper, at)), lowest(overlay, at)];
    const same =
      copy &&
      original &&
      copy.isDirectory() &&
      original.isDirectory() &&
      copy.mode === original.mode &&
      copy.uid === original.uid &&
      copy.gid === original.gid;
    if (!same || !removeEmpty(join(upper, at))) return;
  }
}

/** The folder as the layers below have it: that of the topmost. */
function lowest({ cwd, lowers }: OverlayMount, path: string): Stats | undefined {
  for (const lower of lowers) {
    const found = look(resolve(cwd, lower, path));
    if (found) return found;
  }
  return undefined;
}

/** True when every part of the path is a real folder. */
function isPlain(root: string, path: string): boolean {
  let at = root;
  for (const part of path.split('/').filter((word) => word !== '' && word !== '.')) {
    at = join(at, part);
    if (!look(at)?.isDirectory()) return false;
  }
  return true;
}

/** Removes an empty file or folder; false when there is none such. */
function removeEmpty(path: string): boolean {
  const found = look(path);
  if (found === undefined) return false;
  if (found.isDirectory()) {
    if (readdirSync(path).length > 0) return false;
    rmdirSync(path);
    return true;
  }
  if (!found.isFile() || found.size > 0) return false;
  unlinkSync(path);
  return true;
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

function bare(path: string): string {
  return path.replace(/^\/+/, '');
}
