import type { Stats } from 'node:fs';
import type { CopyEntry, EntryType } from './entry.ts';

/** Numbers kept of each entry: kind and mode, device, inode, size, mtime and ctime in milliseconds with fractions. */
export const FIELDS = 6;

/** The record whose names were asked for last: who walks through a folder asks many times. */
let last: { record: FolderRecord; names: readonly string[] } | undefined;

/** What was seen in one folder: parallel arrays and one text, because there may be a million entries. */
export class FolderRecord {
  /** The names, sorted, with NUL between them: strings of their own would take four times as much. */
  readonly text: string;
  /** FIELDS numbers an entry. */
  readonly stats: Float64Array;
  /** 32 bytes an entry; only those of regular files mean something. */
  readonly digests: Uint8Array;
  /** Targets of symlinks by index. */
  readonly links: Map<number, string> | undefined;

  constructor(
    names: readonly string[] | string,
    stats: Float64Array,
    digests: Uint8Array,
    links?: Map<number, string>,
  ) {
    this.text = typeof names === 'string' ? names : names.join('\0');
    this.stats = stats;
    this.digests = digests;
    this.links = links;
  }

  get count(): number {
    return this.stats.length / FIELDS;
  }

  /** Sorted. Made anew for every folder: a loop asks once. */
  get names(): readonly string[] {
    if (last?.record !== this) last = { record: this, names: this.text === '' ? [] : this.text.split('\0') };
    return last.names;
  }
}

const TYPES: readonly EntryType[] = ['file', 'folder', 'symlink', 'fifo', 'socket', 'char', 'block'];

/** Permission bits as they go into the image: what only a umask would have taken away is taken away. */
export function maskedMode(mode: number): number {
  return mode & 0o7777 & ~0o022;
}

export function typeOf(stats: Stats): EntryType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  if (stats.isSymbolicLink()) return 'symlink';
  if (stats.isFIFO()) return 'fifo';
  if (stats.isSocket()) return 'socket';
  return stats.isBlockDevice() ? 'block' : 'char';
}

/** Writes the numbers of a stat cache entry into `numbers`, from `at` on. */
export function putNumbers(stats: Stats, numbers: Float64Array, at: number): void {
  const type = TYPES.indexOf(typeOf(stats));
  numbers[at] = type * 0x10000 + (stats.mode & 0o7777);
  numbers[at + 1] = stats.dev;
  numbers[at + 2] = stats.ino;
  // Devices have no size; their number takes its place.
  numbers[at + 3] = type >= 5 ? stats.rdev : stats.size;
  numbers[at + 4] = stats.mtimeMs;
  numbers[at + 5] = stats.ctimeMs;
}

export function numbersOf(stats: Stats): Float64Array {
  const numbers = new Float64Array(FIELDS);
  putNumbers(stats, numbers, 0);
  return numbers;
}

/** All but the mode: that is no part of the content. */
export function sameNumbers(a: Float64Array, i: number, b: Float64Array, j: number): boolean {
  for (let k = 1; k < FIELDS; k++) if (a[i * FIELDS + k] !== b[j * FIELDS + k]) return false;
  return true;
}

export function withoutRacy(record: FolderRecord, racy: ReadonlySet<number>): FolderRecord {
  if (racy.size === 0) return record;
  const stats = record.stats.slice();
  // No inode has a negative number: such an entry never matches.
  for (const i of racy) stats[i * FIELDS + 2] = -1;
  return new FolderRecord(record.text, stats, record.digests, record.links);
}

export function withEntry(
  before: FolderRecord | undefined,
  name: string,
  numbers: Float64Array,
  digest: Uint8Array,
): FolderRecord {
  const names = [...(before?.names ?? [])];
  let index = names.findIndex((other) => other >= name);
  if (index === -1) index = names.length;
  const removed = names[index] === name ? 1 : 0;
  names.splice(index, removed, name);
  const splice = (
    old: Float64Array | Uint8Array,
    width: number,
    fresh: Float64Array | Uint8Array,
    target: Float64Array | Uint8Array,
  ) => {
    target.set(old.subarray(0, index * width) as never, 0);
    target.set(fresh as never, index * width);
    target.set(old.subarray((index + removed) * width) as never, (index + 1) * width);
  };
  const stats = new Float64Array(names.length * FIELDS);
  splice(before?.stats ?? new Float64Array(0), FIELDS, numbers, stats);
  const digests = new Uint8Array(names.length * 32);
  splice(before?.digests ?? new Uint8Array(0), 32, digest, digests);
  return new FolderRecord(names, stats, digests);
}

export function entryAt(record: FolderRecord, index: number, path: string): CopyEntry {
  const kind = record.stats[index * FIELDS]!;
  const type = TYPES[Math.floor(kind / 0x10000)]!;
  const size = record.stats[index * FIELDS + 3]!;
  const mtime = record.stats[index * FIELDS + 4]!;
  const entry: CopyEntry = {
    path,
    type,
    mode: maskedMode(kind),
    uid: 0,
    gid: 0,
    size: type === 'file' ? size : 0,
    mtime: timeOf(mtime),
  };
  if (type === 'file') entry.digest = hex(record.digests, index * 32);
  else if (type === 'symlink') entry.link = record.links?.get(index) ?? '';
  else if (type === 'char' || type === 'block') entry.device = deviceNumbers(size);
  return entry;
}

export function isFolder(record: FolderRecord, index: number): boolean {
  return Math.floor(record.stats[index * FIELDS]! / 0x10000) === 1;
}

/** Seconds and nanoseconds of a time in milliseconds. */
export function timeOf(ms: number): [number, number] {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.min(999_999_999, Math.round((ms - seconds * 1000) * 1e6))];
}

function hex(bytes: Uint8Array, at: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + at, 32).toString('hex');
}

/** Linux's packing of dev_t. */
export function deviceNumbers(device: number): [major: number, minor: number] {
  const d = BigInt(device);
  return [Number(((d >> 8n) & 0xfffn) | ((d >> 32n) & 0xfffff000n)), Number((d & 0xffn) | ((d >> 12n) & 0xffffff00n))];
}

export function indexOfName(names: readonly string[], name: string): number {
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (names[middle]! < name) low = middle + 1;
    else high = middle;
  }
  return names[low] === name ? low : -1;
}
