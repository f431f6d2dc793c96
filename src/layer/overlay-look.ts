import { lstatSync, type Stats } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { codeOf } from '../errors.ts';
import type { OverlayMount } from '../runtime/overlay.ts';

/** What the layers alone tell of a path: nothing there, a folder, a plain file (where it is), or that one must ask the kernel. */
export type Seen = 'missing' | 'folder' | 'unclear' | { file: string; size: number };

/**
 * Looks for a path in the layer folders of an overlay that is not mounted and that nobody changes, which takes
 * microseconds where asking overlayfs through the helper takes milliseconds. Whatever is less plain than a folder or a
 * file in the topmost layer that knows of it (links, whiteouts, a folder that may hide what lies below) is `unclear`.
 */
export function lookInLayers(overlay: OverlayMount, path: string): Seen {
  const parts = path.split('/').filter((part) => part !== '');
  const folders = [...(overlay.upper === '' ? [] : [overlay.upper]), ...overlay.lowers];
  let mayHide = false;
  for (const folder of folders) {
    let at = isAbsolute(folder) ? folder : join(overlay.cwd, folder);
    let found: Stats | undefined;
    for (const [depth, part] of parts.entries()) {
      at = join(at, part);
      found = statOf(at);
      if (found === undefined) {
        // This layer has the folder above: it may be marked as hiding those below.
        mayHide ||= depth > 0;
        break;
      }
      if (depth < parts.length - 1 && !found.isDirectory()) return 'unclear';
    }
    if (found === undefined && parts.length > 0) continue;
    if (mayHide) return 'unclear';
    if (found === undefined || found.isDirectory()) return 'folder';
    return found.isFile() ? { file: at, size: found.size } : 'unclear';
  }
  return 'missing';
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
