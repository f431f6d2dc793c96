import { lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';

/** More names than this are worth the helper's start, which costs as much as removing a few hundred. */
const LIMIT = 64;

/**
 * Removes a file, or a folder that holds little, as most containers and build steps leave it. False when there is more,
 * or something that does not go so easily: the caller then asks the helper for the rest. For folders that nobody else
 * changes: a path is looked at and used a moment later.
 */
export function removeSmall(path: string): boolean {
  let left = LIMIT;
  const remove = (at: Buffer): boolean => {
    if (--left < 0) return false;
    if (!lstatSync(at).isDirectory()) {
      unlinkSync(at);
      return true;
    }
    // names are bytes: an image may hold what is no UTF-8
    for (const name of readdirSync(at, { encoding: 'buffer' }))
      if (!remove(Buffer.concat([at, Buffer.from('/'), name]))) return false;
    rmdirSync(at);
    return true;
  };
  try {
    return remove(Buffer.from(path));
  } catch {
    return false;
  }
}
