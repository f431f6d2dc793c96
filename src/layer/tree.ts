import type { Helper, HelperRecord, HelperReport } from '../runtime/helper.ts';
import type { Root } from './root-records.ts';
import { type Operation, runBatch, type TreePlace } from './tree-batch.ts';
import type {
  Copied,
  CopyOptions,
  Made,
  Owner,
  Stub,
  Times,
  TreeEntry,
  TreeStat,
  Usage,
  WalkOptions,
} from './tree-types.ts';

/**
 * File operations inside a root file system: a folder, or an overlay that is mounted for the helper alone. Every path is
 * resolved in the root, links included, so nothing outside can be reached whatever the image holds.
 *
 * Operations that are begun in the same turn, without waiting in between, go to the helper as one batch, are carried out
 * in order, and fail one by one: `await Promise.all([tree.stat('a'), tree.read('b')])` starts one process.
 */
export class Tree {
  readonly #place: TreePlace;
  #waiting: Operation[] = [];

  constructor(helper: Helper, root: Root, options: Omit<TreePlace, 'helper' | 'root'> = {}) {
    this.#place = { helper, root, ...options };
  }

  /** What is at `path`, or undefined when there is nothing. */
  async stat(path: string, options: { noFollow?: boolean } = {}): Promise<TreeStat | undefined> {
    const result = await this.#do(['stat', path, ...(options.noFollow ? ['nofollow'] : [])]);
    return result.missing === true ? undefined : statOf(result);
  }

  /** What a folder holds, sorted by the bytes of names. */
  async list(path: string): Promise<TreeEntry[]> {
    const entries: TreeEntry[] = [];
    await this.#do(['list', path], (entry) => entries.push(entryOf(entry)));
    return entries;
  }

  /** `path` and everything below it, folders before what they hold, sorted by the bytes of names. `onEntry` hears each at once. */
  async walk(path: string, options: WalkOptions, onEntry: (entry: TreeEntry) => void): Promise<void> {
    const words = [
      ...(options.hash ? ['hash'] : []),
      ...(options.xattrs ? ['xattrs'] : []),
      ...(options.noFollow ? ['nofollow'] : []),
      ...(options.exclude ?? []).map((excluded) => `exclude=${excluded}`),
    ];
    await this.#do(['walk', path, ...words], (entry) => onEntry(entryOf(entry)));
  }

  /** The same as one list. */
  async entries(path: string, options: WalkOptions = {}): Promise<TreeEntry[]> {
    const entries: TreeEntry[] = [];
    await this.walk(path, options, (entry) => entries.push(entry));
    return entries;
  }

  /** `path` and everything below it, with the sha256 of each regular file. */
  hashTree(path: string, options: WalkOptions = {}): Promise<TreeEntry[]> {
    return this.entries(path, { ...options, hash: true });
  }

  /** The sha256 of a regular file: 64 hex digits. */
  async hash(path: string): Promise<string> {
    return String((await this.#do(['hash', path])).sha256);
  }

  /** The first `max` bytes of a regular file. */
  async read(path: string, max = 1024 * 1024): Promise<Buffer> {
    return Buffer.from(String((await this.#do(['read', path, max])).data), 'base64');
  }

  /** The first `max` bytes of a regular file, or undefined when there is no such file. */
  async readIfThere(path: string, max?: number): Promise<Buffer | undefined> {
    try {
      return await this.read(path, max);
    } catch (error) {
      const name = (error as { errnoName?: string }).errnoName;
      if (name === 'ENOENT' || name === 'ENOTDIR') return undefined;
      throw error;
    }
  }

  async usage(path = '/'): Promise<Usage> {
    return fields<Usage>(await this.#do(['usage', path]));
  }

  /** Writes a whole file; the folder must be there. */
  async write(
    path: string,
    content: Uint8Array | string,
    attributes: Owner & { mode: number } & Partial<Times>,
  ): Promise<void> {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    await this.#do(['write', path, attributes.mode, attributes.uid, attributes.gid, bytes, ...timesOf(attributes)]);
  }

  /** Makes a folder and those on the way, all with these attributes; those that are there stay as they are. */
  async mkdir(path: string, attributes: Owner & { mode: number } & Partial<Times>): Promise<Made> {
    const { mode, uid, gid } = attributes;
    return fields<Made>(await this.#do(['mkdir', path, mode, uid, gid, ...timesOf(attributes)]));
  }

  /** Something to mount on, and what it takes to undo it. */
  async stub(path: string, kind: 'file' | 'directory'): Promise<Stub> {
    return fields<Stub>(await this.#do(['touch-stub', path, kind === 'file' ? 'file' : 'dir']));
  }

  /**
   * Copies a file or tree from a source (its name, or `.` for this root) to where `destination` says that it will be.
   * Folders on the way must be there. Hard links among what is copied stay.
   */
  async copyIn(source: string, path: string, destination: string, options: CopyOptions = {}): Promise<Copied> {
    return fields<Copied>(await this.#do(['copy', source, path, destination, ...copyWords(options)]));
  }

  async symlink(target: string, path: string, owner?: Owner): Promise<void> {
    await this.#do(['symlink', target, path, ...(owner === undefined ? [] : [owner.uid, owner.gid])]);
  }

  async link(existing: string, path: string): Promise<void> {
    await this.#do(['link', existing, path]);
  }

  async chown(path: string, owner: Owner, options: { noFollow?: boolean } = {}): Promise<void> {
    await this.#do(['chown', path, owner.uid, owner.gid, ...(options.noFollow ? ['nofollow'] : [])]);
  }

  async chmod(path: string, mode: number): Promise<void> {
    await this.#do(['chmod', path, mode]);
  }

  async utimes(path: string, times: Times, options: { noFollow?: boolean } = {}): Promise<void> {
    await this.#do(['utimes', path, ...timesOf(times), ...(options.noFollow ? ['nofollow'] : [])]);
  }

  /** Removes a file, or a folder with all it holds. True when there was one. */
  async remove(path: string): Promise<boolean> {
    return (await this.#do(['remove', path])).removed === true;
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#do(['rename', from, to]);
  }

  /** Everything written to the root's file system is on the disk when this resolves. */
  async sync(): Promise<void> {
    await this.#do(['sync']);
  }

  #do(record: HelperRecord, onEntry?: (entry: HelperReport) => void): Promise<HelperReport> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ record, resolve, reject, ...(onEntry === undefined ? {} : { onEntry }) });
      if (this.#waiting.length > 1) return;
      queueMicrotask(() => {
        const batch = this.#waiting;
        this.#waiting = [];
        void runBatch(this.#place, batch);
      });
    });
  }
}

function timesOf(times: Partial<Times>): number[] {
  return times.mtime === undefined ? [] : [times.mtime, times.mtimeNsec ?? 0];
}

function copyWords(options: CopyOptions): string[] {
  const numbers = {
    uid: options.uid,
    gid: options.gid,
    mode: options.mode,
    'dir-mode': options.dirMode,
    mtime: options.mtime,
  };
  const flags = {
    contents: options.contents,
    follow: options.follow,
    'no-recurse': options.noRecurse,
    replace: options.replace,
    'keep-dirs': options.keepFolders,
    'no-xattrs': options.noXattrs,
  };
  return [
    ...Object.entries(numbers).flatMap(([key, value]) => (value === undefined ? [] : [`${key}=${value}`])),
    ...Object.entries(flags).flatMap(([key, value]) => (value ? [key] : [])),
    ...(options.exclude ?? []).map((excluded) => `exclude=${excluded}`),
  ];
}

/** The report without what belongs to the protocol. */
function fields<T>(report: HelperReport): T {
  const { event: _event, index: _index, ...rest } = report;
  return rest as T;
}

function statOf(report: HelperReport): TreeStat {
  return fields<TreeStat>(report);
}

function entryOf(report: HelperReport): TreeEntry {
  const entry = fields<Record<string, unknown>>(report);
  const xattrs: Record<string, Buffer> = {};
  for (const [key, value] of Object.entries(entry)) {
    if (!key.startsWith('xattr:')) continue;
    xattrs[key.slice(6)] = Buffer.from(String(value), 'base64');
    delete entry[key];
  }
  return { ...(entry as unknown as TreeEntry), ...(Object.keys(xattrs).length === 0 ? {} : { xattrs }) };
}
