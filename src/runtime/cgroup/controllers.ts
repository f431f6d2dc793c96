import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { codeOf } from '../../errors.ts';

/** Switches controllers on in every folder from the tree's root down to the container's parent. */
export async function enableControllers(root: string, folder: string, controllers: readonly string[]): Promise<void> {
  for (const parent of parentsOf(root, folder)) {
    const file = join(parent, 'cgroup.subtree_control');
    const on = (await readFile(file, 'utf8').catch(() => '')).split(/\s+/);
    const missing = controllers.filter((name) => !on.includes(name));
    if (missing.length === 0) continue;
    try {
      await writeFile(file, missing.map((name) => `+${name}`).join(' '));
    } catch (error) {
      // Processes live in this very folder (we run in a container, say): they move into a leaf of their own.
      if (codeOf(error) !== 'EBUSY') continue;
      await moveIntoLeaf(parent);
      await writeFile(file, missing.map((name) => `+${name}`).join(' ')).catch(() => {});
    }
  }
}

/** The folders from the tree's root down to the one above `folder`. */
function parentsOf(root: string, folder: string): string[] {
  const parents: string[] = [];
  for (let place = dirname(folder); place.length >= root.length && place.startsWith(root); place = dirname(place))
    parents.unshift(place);
  return parents;
}

/**
 * Makes the container's folder and those above it; gives those of them that were not there. With its own there nobody
 * takes the others away, who ends beside us at this moment.
 */
export async function makeFolders(root: string, folder: string): Promise<string[]> {
  const made = new Set<string>();
  for (let attempt = 1; ; attempt++) {
    try {
      for (const place of [...parentsOf(root, folder), folder]) if (await makeFolder(place)) made.add(place);
      made.delete(folder);
      return [...made];
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempt === 100) throw error;
    }
  }
}

/** False when it is there. */
async function makeFolder(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

async function moveIntoLeaf(folder: string): Promise<void> {
  const leaf = join(folder, 'init');
  await mkdir(leaf, { recursive: true });
  for (const pid of (await readFile(join(folder, 'cgroup.procs'), 'utf8')).split('\n').filter(Boolean)) {
    // Kernel threads and processes that ended meanwhile cannot be moved.
    await writeFile(join(leaf, 'cgroup.procs'), pid).catch(() => {});
  }
}
