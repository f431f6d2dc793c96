import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Bytes that a folder takes on the disk. Follows no link; hard links count once; what vanishes meanwhile counts as nothing. */
export async function folderSize(folder: string): Promise<number> {
  const seen = new Set<string>();
  let total = 0;
  const open = [folder];
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    for (const entry of await readdir(path, { withFileTypes: true }).catch(() => [])) {
      const child = join(path, entry.name);
      if (entry.isDirectory()) open.push(child);
      const found = await lstat(child).catch(() => undefined);
      if (!found) continue;
      if (found.nlink > 1 && !entry.isDirectory()) {
        const inode = `${found.dev}:${found.ino}`;
        if (seen.has(inode)) continue;
        seen.add(inode);
      }
      total += found.blocks * 512;
    }
  }
  return total;
}
