import { Tree } from '../layer/tree.ts';
import type { TreeEntry } from '../layer/tree-types.ts';
import type { ContainerRecord } from './record.ts';
import { layersOf, readOnlyView } from './root.ts';
import type { ContainerServices } from './services.ts';

/** One line of `docker diff`. */
export interface Change {
  kind: 'A' | 'C' | 'D';
  path: string;
}

/** Files that we make so that something can be mounted on them; nobody changed them while they are empty. */
const STUBS = new Set([
  'etc/hosts',
  'etc/hostname',
  'etc/resolv.conf',
  'dev',
  'dev/console',
  'dev/pts',
  'dev/shm',
  'dev/mqueue',
  'proc',
  'sys',
  'etc/mtab',
]);

/** What a container added, changed and deleted, sorted by path. */
export async function changesOf(services: ContainerServices, record: ContainerRecord): Promise<Change[]> {
  const overlay = await layersOf(services, record);
  if (overlay.upper === '') return [];
  const upper = await new Tree(services.helper, overlay.upper).entries('/', { noFollow: true });
  const entries = upper.filter((entry) => entry.path !== '' && entry.path !== '.');
  const image = overlay.lowers.length === 0 ? undefined : new Tree(services.helper, imageOf(overlay));
  const below = await Promise.all(entries.map((entry) => image?.stat(`/${entry.path}`, { noFollow: true })));
  const changes = entries.flatMap((entry, i): Change[] => {
    if (isWhiteout(entry)) return below[i] === undefined ? [] : [{ kind: 'D', path: `/${entry.path}` }];
    if (isStub(entry)) return [];
    return [{ kind: below[i] === undefined ? 'A' : 'C', path: `/${entry.path}` }];
  });
  return withoutIdleFolders(changes, entries).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** The paths of stubs, to leave out of a commit: those that nobody wrote to. */
export async function stubsOf(services: ContainerServices, record: ContainerRecord): Promise<string[]> {
  const overlay = await layersOf(services, record);
  if (overlay.upper === '') return [];
  const upper = new Tree(services.helper, overlay.upper);
  const paths = [...STUBS];
  const stats = await Promise.all(paths.map((path) => upper.stat(`/${path}`, { noFollow: true })));
  return paths.filter((path, i) => stats[i] !== undefined && isStub({ ...stats[i]!, path }));
}

function imageOf(overlay: Awaited<ReturnType<typeof layersOf>>) {
  const view = readOnlyView({ ...overlay, upper: '', work: '' });
  // one layer alone is no overlay for the kernel
  return typeof view !== 'string' && view.lowers.length === 1 ? absolute(view.cwd, view.lowers[0]!) : view;
}

function absolute(cwd: string, path: string): string {
  return path.startsWith('/') ? path : `${cwd}/${path}`;
}

/** Overlayfs's mark for "deleted": a character device 0:0. */
function isWhiteout(entry: TreeEntry): boolean {
  return entry.type === 'char' && entry.major === 0 && entry.minor === 0;
}

function isStub(entry: Pick<TreeEntry, 'path' | 'type' | 'size'>): boolean {
  return STUBS.has(entry.path) && (entry.type === 'directory' || (entry.type === 'file' && entry.size === 0));
}

/** A folder that was copied up only because a stub lies in it has not changed. */
function withoutIdleFolders(changes: Change[], entries: readonly TreeEntry[]): Change[] {
  const folders = new Set(entries.filter((entry) => entry.type === 'directory').map((entry) => `/${entry.path}`));
  return changes.filter(({ kind, path }) => {
    if (kind !== 'C' || !folders.has(path) || !['/etc', '/dev'].includes(path)) return true;
    return changes.some((other) => other.path.startsWith(`${path}/`));
  });
}
