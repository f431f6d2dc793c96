import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { lookInLayers } from '../layer/overlay-look.ts';
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
    const seen = lookInLayers(overlay, `/etc/${name}`);
    if (seen === 'missing') return undefined;
    if (typeof seen === 'string' || seen.size > MAX_SIZE) return mounted(`/etc/${name}`, MAX_SIZE);
    return readPlain(seen.file);
  };
  const [passwd, group] = await Promise.all([read('passwd'), read('group')]);
  return { passwd, group };
}

/** The same of a running container, where everything goes through the helper: somebody may be changing it right now. */
export async function readRunningAccountFiles(mounted: RootReader): Promise<AccountFiles> {
  return { passwd: await mounted('/etc/passwd', MAX_SIZE), group: await mounted('/etc/group', MAX_SIZE) };
}

function readPlain(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    return readFileSync(file, 'utf8');
  } finally {
    closeSync(file);
  }
}
