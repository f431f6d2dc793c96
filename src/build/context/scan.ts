import { lstatSync, readdirSync, readlinkSync, type Stats } from 'node:fs';
import type { IgnoreMatcher, IgnoreState } from '../../dockerfile/ignore.ts';
import { codeOf } from '../../errors.ts';
import { badName, checkName } from './entry-name.ts';
import { changed, FileDigester, sameFile, unreadable } from './file-digest.ts';
import {
  FIELDS,
  FolderRecord,
  indexOfName,
  isFolder,
  numbersOf,
  putNumbers,
  sameNumbers,
  withEntry,
  withoutRacy,
} from './folder-record.ts';
import { ScannedFolders } from './scanned-folders.ts';
import type { StatCache } from './stat-cache.ts';

/** How long the walk may hold the thread before others get their turn, in milliseconds. */
const TURN = 12;

/** Reads folders of a build context: entries that no ignore rule hides, with digests of their files. */
export class Scanner {
  readonly scanned = new ScannedFolders();
  readonly #top: string;
  readonly #ignore: IgnoreMatcher;
  readonly #cache: StatCache;
  readonly #digester = new FileDigester();
  #turnBegan = performance.now();
  #last: Promise<void> = Promise.resolve();

  constructor(top: string, ignore: IgnoreMatcher, cache: StatCache) {
    this.#top = top;
    this.#ignore = ignore;
    this.#cache = cache;
  }

  absolute(path: string): string {
    return path === '' ? this.#top : `${this.#top}/${path}`;
  }

  /** Which patterns matched a folder and its parents. */
  state(path: string): IgnoreState {
    let state = this.#ignore.top();
    if (path === '' || this.#ignore.isEmpty) return state;
    const parts = path.split('/');
    for (let n = 1; n <= parts.length; n++) state = this.#ignore.step(parts.slice(0, n).join('/'), state).state;
    return state;
  }

  /** Scans a folder and everything below. Folders that were scanned before are not read again. */
  scan(path: string): Promise<void> {
    // One at a time: steps that run side by side mostly want the same folders.
    const done = this.#last.then(async () => {
      const pending: Promise<void>[] = [];
      await this.#scan(path, this.state(path), pending);
      await Promise.all(pending);
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** Does an ignored folder hold something that a `!` line takes back? */
  hasVisible(path: string, state = this.state(path)): boolean {
    if (!this.#ignore.mayTakeBackBelow(path)) return false;
    if (!lstatSync(this.absolute(path), { throwIfNoEntry: false })?.isDirectory()) return false;
    return this.list(path).some((name) => {
      const { ignored, state: below } = this.#ignore.step(`${path}/${name}`, state);
      return !ignored || this.hasVisible(`${path}/${name}`, below);
    });
  }

  /** Names in a folder, sorted, ignored ones too. */
  list(path: string): string[] {
    try {
      return readdirSync(this.absolute(path)).sort();
    } catch (error) {
      throw unreadable(error, path || '.');
    }
  }

  /** Returns false when nothing in the folder is visible. */
  async #scan(path: string, state: IgnoreState, pending: Promise<void>[]): Promise<boolean> {
    const known = this.scanned.get(path);
    if (known) return known.count > 0;
    await this.#giveWay();
    const prefix = path === '' ? '' : `${path}/`;
    const everything = this.#ignore.isEmpty;
    const all = this.list(path);
    const names: string[] = [];
    const hidden: string[] = [];
    // Filled in place: there may be a million entries, so nothing else is kept of each.
    const stats = new Float64Array(all.length * FIELDS);
    const digests = new Uint8Array(all.length * 32);
    const links = new Map<number, string>();
    const racy = new Set<number>();
    const jobs: Promise<void>[] = [];
    const before = this.#cache.folder(path);
    const formerly = before?.names ?? [];
    let cursor = 0;
    let fresh = 0;
    for (const name of all) {
      const child = prefix + name;
      const step = everything ? undefined : this.#ignore.step(child, state);
      if (step?.ignored && !this.#ignore.mayTakeBackBelow(child)) {
        hidden.push(name);
        continue;
      }
      const seen = this.#lstat(child);
      if (seen.isDirectory()) {
        const any = await this.#scan(child, step?.state ?? state, pending);
        if (step?.ignored && !any) {
          hidden.push(name);
          continue;
        }
      } else if (step?.ignored) {
        hidden.push(name);
        continue;
      }
      checkName(child, name);
      const i = names.push(name) - 1;
      putNumbers(seen, stats, i * FIELDS);
      if (seen.isSymbolicLink()) links.set(i, this.#readlink(child));
      if (!seen.isFile()) continue;
      while (before && cursor < formerly.length && formerly[cursor]! < name) cursor++;
      if (before && formerly[cursor] === name && sameNumbers(before.stats, cursor, stats, i)) {
        digests.set(before.digests.subarray(cursor * 32, cursor * 32 + 32), i * 32);
        continue;
      }
      fresh++;
      await this.#giveWay();
      if (isRacy(seen)) racy.add(i);
      const { digest } = await this.#digester.digest(this.absolute(child), seen, child);
      if (digest instanceof Promise) jobs.push(digest.then((bytes) => digests.set(bytes, i * 32)));
      else digests.set(digest, i * 32);
    }
    const record = new FolderRecord(
      names,
      stats.subarray(0, names.length * FIELDS),
      digests.subarray(0, names.length * 32),
      links,
    );
    this.scanned.set(path, record, hidden);
    if (fresh > 0) {
      // The walk goes on while larger files are still being read.
      const done = Promise.all(jobs).then(() => this.#cache.put(path, withoutRacy(record, racy)));
      done.catch(() => {});
      pending.push(done);
    }
    return names.length > 0;
  }

  async #giveWay(): Promise<void> {
    if (performance.now() - this.#turnBegan < TURN) return;
    await new Promise<void>((go) => setImmediate(go));
    this.#turnBegan = performance.now();
  }

  /** One file that is asked for by name, without its folder. */
  async file(path: string, stats: Stats): Promise<Buffer> {
    const slash = path.lastIndexOf('/');
    const folder = slash === -1 ? '' : path.slice(0, slash);
    const name = path.slice(slash + 1);
    const scanned = this.scanned.get(folder);
    const found = scanned ? indexOfName(scanned.names, name) : -1;
    const numbers = numbersOf(stats);
    if (scanned && found !== -1 && sameNumbers(scanned.stats, found, numbers, 0)) {
      const digest = Buffer.from(scanned.digests.subarray(found * 32, found * 32 + 32));
      // All zero: still being read.
      if (digest.some((byte) => byte !== 0)) return digest;
    }
    const before = this.#cache.folder(folder);
    const known = before ? indexOfName(before.names, name) : -1;
    if (before && known !== -1 && sameNumbers(before.stats, known, numbers, 0)) {
      return Buffer.from(before.digests.subarray(known * 32, known * 32 + 32));
    }
    const racy = isRacy(stats);
    const { digest } = await this.#digester.digest(this.absolute(path), stats, path);
    const bytes = await digest;
    if (!racy) this.#cache.put(folder, withEntry(before, name, numbers, bytes));
    return bytes;
  }

  /** Throws when a file, or anything below a folder, is no longer what it was when it was scanned. */
  verify(path: string, seen: Stats | undefined): void {
    const scanned = this.scanned.get(path);
    if (scanned) {
      for (const [i, name] of scanned.names.entries()) {
        const child = path === '' ? name : `${path}/${name}`;
        if (isFolder(scanned, i)) this.verify(child, undefined);
        else {
          const now = lstatSync(this.absolute(child), { throwIfNoEntry: false });
          if (now === undefined || !sameNumbers(scanned.stats, i, numbersOf(now), 0)) throw changed(child);
        }
      }
      return;
    }
    const now = lstatSync(this.absolute(path), { throwIfNoEntry: false });
    if (now === undefined) throw changed(path);
    if (seen) {
      if (!sameFile(seen, now)) throw changed(path);
      return;
    }
    const slash = path.lastIndexOf('/');
    const record = this.scanned.get(slash === -1 ? '' : path.slice(0, slash));
    const index = record ? indexOfName(record.names, path.slice(slash + 1)) : -1;
    if (!record || index === -1) return;
    if (!sameNumbers(record.stats, index, numbersOf(now), 0)) throw changed(path);
  }

  #lstat(path: string): Stats {
    let stats: Stats | undefined;
    try {
      stats = lstatSync(this.absolute(path), { throwIfNoEntry: false });
    } catch (error) {
      throw unreadable(error, path);
    }
    if (stats === undefined) throw path.includes('\uFFFD') ? badName(path) : changed(path);
    return stats;
  }

  #readlink(path: string): string {
    try {
      return readlinkSync(this.absolute(path));
    } catch (error) {
      throw codeOf(error) === 'EINVAL' ? changed(path) : unreadable(error, path);
    }
  }
}

/**
 * A file that changed this shortly before it is read could change once more without its times telling. File systems
 * that keep fractions of seconds tick every few milliseconds, others every second or two.
 */
function isRacy(stats: Stats): boolean {
  const granularity = Number.isInteger(stats.ctimeMs / 1000) ? 2100 : 100;
  return Date.now() - stats.ctimeMs < granularity;
}
