import { posix } from 'node:path';

/** What no path of a repository is. */
const LONGEST = 4096;
const DEEPEST = 40;

/**
 * A file of a container as the repository has it: `/app/src/a.ts` is `src/a.ts` where that is there. The longest end of
 * the path that exists is taken; outside of the working directory the end must have a folder, since a bare `index.js`
 * could be anybody's.
 *
 * @param exists tells whether the repository has a file, by its path from the repository's top
 * @param folder build context from the top, such as `services/api`: looked at first
 */
export async function mapPath(
  file: string,
  workingDir: string,
  folder: string,
  exists: (path: string) => Promise<boolean>,
): Promise<string | undefined> {
  if (file.length > LONGEST) return undefined;
  const full = posix.resolve('/', workingDir, file);
  const below = posix.relative(posix.resolve('/', workingDir), full);
  const candidates = below.startsWith('../') ? [] : [below];
  const parts = full.slice(1).split('/');
  // every end of the path is a candidate: of one with thousands of folders only the last ones
  for (let i = Math.max(0, parts.length - DEEPEST); i < parts.length - 1; i++)
    candidates.push(parts.slice(i).join('/'));
  for (const candidate of new Set(candidates))
    for (const path of new Set([posix.join(folder, candidate), candidate]))
      if (candidate !== '' && (await exists(path))) return path;
  return undefined;
}
