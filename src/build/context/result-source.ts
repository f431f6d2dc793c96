import { Tree } from '../../layer/tree.ts';
import type { TreeEntry, TreeStat } from '../../layer/tree-types.ts';
import type { Helper } from '../../runtime/helper.ts';
import type { Root, StepResult } from '../vertex.ts';
import type { CopyEntry, CopySource } from './entry.ts';
import { CopyError } from './error.ts';

/** Another stage's root, or an image's, to copy from. Owners, modes and attributes are kept as they are there. */
export class ResultSource implements CopySource {
  readonly name: string;
  /** Options of the helper's copies: nothing is taken away. */
  readonly copyWords: readonly string[] = [];
  readonly #root: () => Promise<Root>;
  readonly #helper: Helper;
  readonly #names = new Map<string, Promise<readonly string[]>>();
  readonly #found = new Map<string, CopyEntry>();
  readonly #preloaded: string[] = [];
  #tree: Promise<Tree> | undefined;

  constructor(name: string, result: Pick<StepResult, 'snapshot'> | Root, helper: Helper) {
    this.name = name;
    this.#helper = helper;
    const isResult = typeof result === 'object' && 'snapshot' in result;
    this.#root = isResult ? async () => (await result.snapshot()).overlay : async () => result;
  }

  root(): Promise<Root> {
    return this.#root();
  }

  async find(path: string): Promise<CopyEntry | undefined> {
    const known = this.#found.get(path);
    if (known) return known;
    const tree = await this.#open();
    const stat = await readable(tree.stat(`/${path}`), path, this.name);
    return stat && entryOf(stat, stat.path);
  }

  async link(path: string): Promise<CopyEntry | undefined> {
    const stat = await (await this.#open()).stat(`/${path}`, { noFollow: true });
    return stat?.type === 'symlink' ? entryOf(stat, stat.path) : undefined;
  }

  /** One walk instead of a process for each folder and file. */
  async preload(path: string): Promise<void> {
    if (this.#preloaded.some((done) => done === '' || path === done || path.startsWith(`${done}/`))) return;
    this.#preloaded.push(path);
    const tree = await this.#open();
    const names = new Map<string, string[]>();
    for (const found of await readable(tree.entries(`/${path}`, { noFollow: true }), path, this.name)) {
      const full = found.path === '' ? path : path === '' ? found.path : `${path}/${found.path}`;
      if (found.type === 'directory') names.set(full, []);
      if (found.type !== 'symlink') this.#found.set(full, entryOf(found, full));
      if (found.path === '') continue;
      const slash = full.lastIndexOf('/');
      names.get(slash === -1 ? '' : full.slice(0, slash))?.push(full.slice(slash + 1));
    }
    for (const [folder, list] of names) this.#names.set(folder, Promise.resolve(list.sort()));
  }

  names(path: string): Promise<readonly string[]> {
    const known = this.#names.get(path);
    if (known) return known;
    const names = this.#list(path);
    this.#names.set(path, names);
    return names;
  }

  async *tree(entry: CopyEntry, options: { digests: boolean }): AsyncGenerator<CopyEntry> {
    const tree = await this.#open();
    const { path } = entry;
    // A link that was selected itself leads nowhere: it is not to be followed now.
    const walk = { hash: options.digests, xattrs: options.digests, noFollow: true };
    const entries = await readable(tree.entries(`/${path}`, walk), path, this.name);
    for (const found of entries) {
      yield entryOf(found, found.path === '' ? path : path === '' ? found.path : `${path}/${found.path}`);
    }
  }

  async hidden(): Promise<readonly string[]> {
    return [];
  }

  async #list(path: string): Promise<readonly string[]> {
    const tree = await this.#open();
    const stat = await readable(tree.stat(`/${path}`), path, this.name);
    if (stat?.type !== 'directory') return [];
    const entries = await readable(tree.list(`/${path}`), path, this.name);
    return entries.map((entry) => entry.path).sort();
  }

  #open(): Promise<Tree> {
    this.#tree ??= this.#root().then((root) => new Tree(this.#helper, root));
    return this.#tree;
  }
}

async function readable<T>(work: Promise<T>, path: string, name: string): Promise<T> {
  try {
    return await work;
  } catch (error) {
    const errno = (error as { errnoName?: string }).errnoName;
    if (errno !== 'ELOOP' && errno !== 'ENAMETOOLONG') throw error;
    throw new CopyError(
      'not-readable',
      `cannot read /${path} of ${name}: ${errno === 'ELOOP' ? 'its symlinks go in a circle' : 'its name is too long'}`,
      {
        cause: error,
      },
    );
  }
}

function entryOf(stat: TreeStat | TreeEntry, path: string): CopyEntry {
  const entry: CopyEntry = {
    path,
    type: stat.type === 'directory' ? 'folder' : stat.type,
    mode: stat.mode,
    uid: stat.uid,
    gid: stat.gid,
    size: stat.type === 'file' ? stat.size : 0,
    mtime: [stat.mtime, stat.mtimeNsec],
  };
  if (stat.link !== undefined) entry.link = stat.link;
  if (stat.major !== undefined && stat.minor !== undefined) entry.device = [stat.major, stat.minor];
  if ('sha256' in stat && stat.sha256 !== undefined) entry.digest = stat.sha256;
  if ('xattrs' in stat && stat.xattrs !== undefined) {
    entry.xattrs = Object.fromEntries(
      Object.entries(stat.xattrs).map(([key, value]) => [key, value.toString('base64')]),
    );
  }
  return entry;
}
