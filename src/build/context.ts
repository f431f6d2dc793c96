import { createHash } from 'node:crypto';
import { lstatSync, readlinkSync, realpathSync, type Stats, statSync } from 'node:fs';
import { join } from 'node:path';
import { type IgnoreMatcher, ignoreMatcher } from '../dockerfile/ignore.ts';
import { codeOf, messageOf } from '../errors.ts';
import { type Digest, parseDigest } from '../oci/digest.ts';
import { type CopyEntry, type CopySource, EntryDigest } from './context/entry.ts';
import { checkName } from './context/entry-name.ts';
import { CopyError } from './context/error.ts';
import { deviceNumbers, maskedMode, timeOf, typeOf } from './context/folder-record.ts';
import { Scanner } from './context/scan.ts';
import { StatCache } from './context/stat-cache.ts';

/** More hidden paths than this are not listed to the helper: each is compared with each entry. */
const MOST_HIDDEN = 100;

export interface BuildContextOptions {
  /** A folder of the user's, or a scratch folder that an archive was unpacked into. */
  folder: string;
  /** For messages; default `the build context`. */
  name?: string;
  ignore?: IgnoreMatcher;
  /** Folder for digests of files that were read before, such as `<root>/cache/context`. */
  cacheFolder?: string;
}

/**
 * The folder that COPY, ADD and bind mounts read from, or a named context. Nothing is read until something asks, and
 * then only what was asked for. Modes lose the bits that a umask decides, owners are 0:0, times count for nothing: the
 * same tree gives the same digests on every machine.
 */
export class BuildContext implements CopySource {
  readonly name: string;
  readonly copyWords = ['uid=0', 'gid=0', `umask=${0o022}`, 'no-xattrs'];
  /** Absolute, without symlinks. */
  readonly folder: string;
  readonly #ignore: IgnoreMatcher;
  readonly #scanner: Scanner;
  readonly #cache: StatCache;
  /** Files that were asked for by name, as they were then. */
  readonly #files = new Map<string, Stats>();

  private constructor(name: string, folder: string, ignore: IgnoreMatcher, cache: StatCache) {
    this.name = name;
    this.folder = folder;
    this.#ignore = ignore;
    this.#cache = cache;
    this.#scanner = new Scanner(folder, ignore, cache);
  }

  static async open(options: BuildContextOptions): Promise<BuildContext> {
    const name = options.name ?? 'the build context';
    let folder: string;
    try {
      folder = realpathSync(options.folder);
      if (!statSync(folder).isDirectory()) {
        throw new CopyError('not-a-folder', `${name} must be a folder: ${options.folder} is none`, {
          hint: 'to build from a Dockerfile elsewhere, give its folder and -f FILE',
        });
      }
    } catch (error) {
      if (error instanceof CopyError) throw error;
      const missing = codeOf(error) === 'ENOENT';
      throw new CopyError(
        missing ? 'not-found' : 'not-readable',
        missing ? `${name} was not found: there is no ${options.folder}` : `cannot open ${name}: ${messageOf(error)}`,
        { cause: error },
      );
    }
    const ignore = options.ignore ?? ignoreMatcher([]);
    const file = options.cacheFolder && join(options.cacheFolder, `${cacheName(folder, ignore)}.stat`);
    return new BuildContext(name, folder, ignore, StatCache.open(file));
  }

  /** True when an ignore file hides something, maybe: then the folder itself must not be mounted. */
  get filtered(): boolean {
    return !this.#ignore.isEmpty;
  }

  async root(): Promise<string> {
    return this.folder;
  }

  ignores(path: string): boolean {
    return path !== '' && this.#ignore.ignores(path);
  }

  hiddenBy(path: string): string | undefined {
    const reason = path === '' ? undefined : this.#ignore.reason(path);
    if (!reason) return undefined;
    return reason.location ? `${reason.location.file}:${reason.location.line}` : 'an ignore rule';
  }

  async find(path: string): Promise<CopyEntry | undefined> {
    const found = this.#resolve(path);
    if (!found) return undefined;
    const { path: real, stats } = found;
    if (this.ignores(real) && !(stats.isDirectory() && this.#scanner.hasVisible(real))) return undefined;
    if (real !== '') checkName(real, real.slice(real.lastIndexOf('/') + 1));
    return entryOf(real, stats);
  }

  async link(path: string): Promise<CopyEntry | undefined> {
    const stats = this.ignores(path) ? undefined : lstatSync(this.#scanner.absolute(path), { throwIfNoEntry: false });
    if (!stats?.isSymbolicLink()) return undefined;
    return { ...entryOf(path, stats), link: readlinkSync(this.#scanner.absolute(path)) };
  }

  async names(path: string): Promise<readonly string[]> {
    const found = this.#resolve(path);
    if (!found?.stats.isDirectory()) return [];
    const prefix = found.path === '' ? '' : `${found.path}/`;
    const names = this.#scanner.list(found.path);
    if (this.#ignore.isEmpty) return names;
    const state = this.#scanner.state(found.path);
    return names.filter((name) => {
      const child = prefix + name;
      const step = this.#ignore.step(child, state);
      return !step.ignored || this.#scanner.hasVisible(child, step.state);
    });
  }

  async *tree(entry: CopyEntry): AsyncGenerator<CopyEntry> {
    const stats = lstatSync(this.#scanner.absolute(entry.path), { throwIfNoEntry: false });
    if (entry.type === 'file' && stats?.isFile()) {
      const known = this.#files.get(entry.path);
      if (known) this.#scanner.verify(entry.path, known);
      const digest = await this.#scanner.file(entry.path, stats);
      this.#files.set(entry.path, stats);
      yield { ...entryOf(entry.path, stats), digest: digest.toString('hex') };
      return;
    }
    yield entry;
    if (entry.type !== 'folder') return;
    await this.#scanner.scan(entry.path);
    yield* this.#scanner.scanned.entries(entry.path);
  }

  async hidden(folder: string): Promise<readonly string[] | undefined> {
    await this.#scanner.scan(folder);
    return this.#scanner.scanned.hidden(folder, MOST_HIDDEN);
  }

  count(folder: string): number | undefined {
    return this.#scanner.scanned.count(folder);
  }

  verify(paths: readonly string[]): void {
    for (const path of paths) this.#scanner.verify(path, this.#files.get(path));
  }

  /** Digest of a file or tree with its modes and links: what a bind mount of it is keyed by. undefined when it is missing. */
  async digest(path: string): Promise<Digest | undefined> {
    const entry = await this.find(path);
    if (!entry) return undefined;
    const digest = new EntryDigest();
    for await (const e of this.tree(entry)) digest.add(e, e.path.slice(entry.path.length));
    return parseDigest(`sha256:${digest.hex()}`);
  }

  /** Keeps what was learnt for the next build. Call once, when the build is over. */
  async close(): Promise<void> {
    this.#cache.prune((folder) => this.#mayExist(folder));
    this.#cache.save();
  }

  #mayExist(folder: string): boolean {
    if (folder === '') return true;
    const slash = folder.lastIndexOf('/');
    const parent = slash === -1 ? '' : folder.slice(0, slash);
    const record = this.#scanner.scanned.get(parent);
    if (record) return record.names.includes(folder.slice(slash + 1));
    return this.#mayExist(parent);
  }

  /** Follows symlinks inside the root only: `..` and absolute targets stop at it. */
  #resolve(path: string): { path: string; stats: Stats } | undefined {
    const left = path.split('/').reverse();
    const done: string[] = [];
    let links = 0;
    let stats: Stats | undefined;
    while (left.length > 0) {
      const part = left.pop()!;
      if (part === '' || part === '.') continue;
      if (part === '..') {
        done.pop();
        stats = undefined;
        continue;
      }
      const here = [...done, part].join('/');
      try {
        stats = lstatSync(this.#scanner.absolute(here), { throwIfNoEntry: false });
      } catch (error) {
        if (codeOf(error) === 'ENOTDIR' || codeOf(error) === 'ENAMETOOLONG') return undefined;
        throw new CopyError('not-readable', `cannot read ${here} of ${this.name}: ${messageOf(error)}`, {
          cause: error,
        });
      }
      if (stats === undefined) return undefined;
      if (!stats.isSymbolicLink()) {
        if (!stats.isDirectory() && left.some((rest) => rest !== '' && rest !== '.')) return undefined;
        done.push(part);
        continue;
      }
      if (this.ignores(here)) return undefined;
      if (++links > 40) {
        throw new CopyError('not-readable', `too many symlinks in ${path} of ${this.name}: they go in a circle`);
      }
      const target = readlinkSync(this.#scanner.absolute(here));
      if (target.startsWith('/')) done.length = 0;
      left.push(...target.split('/').reverse());
      stats = undefined;
    }
    const real = done.join('/');
    stats ??= lstatSync(this.#scanner.absolute(real), { throwIfNoEntry: false });
    return stats && { path: real, stats };
  }
}

function entryOf(path: string, stats: Stats): CopyEntry {
  const type = typeOf(stats);
  return {
    path,
    type,
    mode: maskedMode(stats.mode),
    uid: 0,
    gid: 0,
    size: type === 'file' ? stats.size : 0,
    mtime: timeOf(stats.mtimeMs),
    ...(type === 'char' || type === 'block' ? { device: deviceNumbers(stats.rdev) } : {}),
  };
}

/** One cache file a folder and set of ignore rules. */
function cacheName(folder: string, ignore: IgnoreMatcher): string {
  const rules = ignore.patterns.map((pattern) => `${pattern.negated ? '!' : ''}${pattern.text}`);
  return createHash('sha256')
    .update([folder, ...rules].join('\0'))
    .digest('hex')
    .slice(0, 32);
}
