import { posix } from 'node:path';
import { lookInLayers } from '../../layer/overlay-look.ts';
import type { Tree } from '../../layer/tree.ts';
import type { Destination } from '../context/plan.ts';
import type { SourceText } from '../context/select.ts';
import type { Root } from '../vertex.ts';

/** A destination as it is written, before anything was looked up. */
export interface WantedDestination {
  path: string;
  /** It ends with a slash, or names a folder in another way. */
  mustBeFolder: boolean;
}

/** Where a written destination leads, by its text alone. */
export function destinationOf(text: string, workdir: string): WantedDestination {
  const mustBeFolder = text === '' || /(^|\/)\.{0,2}$/.test(text);
  return { path: posix.resolve('/', workdir, text), mustBeFolder };
}

/** A link at the destination that leads nowhere: the file is made where it leads. */
async function resolveDangling(tree: Tree, path: string): Promise<string> {
  let at = path;
  for (let links = 0; links < 40; links++) {
    const stat = await tree.stat(at, { noFollow: true });
    if (stat?.type !== 'symlink' || stat.link === undefined) return at;
    at = posix.resolve(posix.dirname(`/${stat.path}`), stat.link);
  }
  return at;
}

/** The destination as it is in the root. A layer that is `independent` of it looks nothing up. */
export async function findDestination(
  tree: Tree,
  root: Root,
  { path, mustBeFolder }: WantedDestination,
  text: SourceText,
  independent: boolean,
): Promise<Destination> {
  const seen = independent ? 'missing' : typeof root === 'string' ? 'unclear' : lookInLayers(root, path);
  if (seen === 'missing') return { path, mustBeFolder, found: undefined, text };
  if (seen === 'folder') return { path, mustBeFolder, found: 'folder', text };
  const stat = await tree.stat(path);
  if (!stat) return { path: await resolveDangling(tree, path), mustBeFolder, found: undefined, text };
  return { path: `/${stat.path}`, mustBeFolder, found: stat.type === 'directory' ? 'folder' : 'other', text };
}
