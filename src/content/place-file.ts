import { constants } from 'node:fs';
import { copyFile, link } from 'node:fs/promises';

/**
 * Makes `to` a file with the content of `from`, as cheaply as the file system can: hard link when `link` allows it
 * (both names are then one file: neither may be written), shared extents, else a copy. `to` must not exist.
 */
export async function placeFile(from: string, to: string, options: { link: boolean }): Promise<void> {
  if (options.link) {
    try {
      await link(from, to);
      return;
    } catch {
      // Another file system, a foreign owner under protected_hardlinks, too many links: copy.
    }
  }
  await copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
}
