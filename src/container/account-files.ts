import { constants } from 'node:fs';
import { lstat, open } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { codeOf } from '../errors.ts';
import type { OverlayMount } from '../runtime/overlay.ts';
import type { AccountFiles } from './user.ts';

/** More than any honest passwd file, in bytes. */
const MAX_SIZE = 4 * 1024 * 1024;

/** Reads a file inside the mounted root, links resolved in it; undefined when there is none. */
export type RootReader = (path: string, max: number) => Promise<string | undefined>;

/**
 * The image's /etc/passwd and /etc/group. While nothing runs in the root the layer folders do not change, so the
 * topmost layer that has a plain file of that name is read directly; whatever is less plain (links, a folder that may
 * hide what lies below) is left to `mounted`, which asks the kernel's overlay through the helper.
 */
export async function readAccountFiles(overlay: OverlayMount, mounted: RootReader): Promise<AccountFiles> {
  const read = async (name: string) => {
    const direct = await readFromLayers(overlay, name);
    return direct === 'unclear' ? mounted(`/etc/${name}`, MAX_SIZE) : direct?.text;
  };
  const [passwd, group] = await Promise.all([read('passwd'), read('group')]);
  return { passwd, group };
}

/** The same of a running container, where everything goes through the helper: somebody may be changing it right now. */
export async function readRunningAccountFiles(mounted: RootReader): Promise<AccountFiles> {
  return { passwd: await mounted('/etc/passwd', MAX_SIZE), group: await mounted('/etc/group', MAX_SIZE) };
}

async function readFromLayers(overlay: OverlayMount, name: string): Promise<{ text: string | undefined } | 'unclear'> {
  const layers = [...(overlay.upper === '' ? [] : [overlay.upper]), ...overlay.lowers];
  let mayHide = false;
  for (const layer of layers) {
    const etc = join(isAbsolute(layer) ? layer : join(overlay.cwd, layer), 'etc');
    const folder = await statOf(etc);
    if (folder === undefined) continue;
    if (!folder.isDirectory()) return 'unclear';
    const file = await statOf(join(etc, name));
    if (file === undefined) {
      mayHide = true;
      continue;
    }
    if (mayHide || !file.isFile() || file.size > MAX_SIZE) return 'unclear';
    const handle = await open(join(etc, name), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return { text: await handle.readFile('utf8') };
    } finally {
      await handle.close();
    }
  }
  return { text: undefined };
}

async function statOf(path: string) {
  try {
    return await lstat(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
