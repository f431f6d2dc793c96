import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { release } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import type { Digest } from '../oci/digest.ts';
import { ownerToken } from '../owner.ts';
import type { OverlayMount } from '../runtime/overlay.ts';
import type { Places } from './places.ts';
import { SnapshotError } from './snapshot-error.ts';
import type { PrepareOptions, Snapshot } from './snapshotter.ts';

/** What is kept of a prepared snapshot, beside its folders. */
export interface PreparedInfo {
  parent?: Digest;
  /** Folders of the layers, topmost first: they stay on the disk while this does. */
  names: string[];
  options: string;
  /** Of the process, for snapshots that nobody will look for: they end with it. */
  owner?: string;
}

const INFO = 'info.json';

/** Makes a writable folder on top of unpacked layers. */
export async function prepare(
  places: Places,
  parent: Digest | undefined,
  names: string[],
  options: PrepareOptions,
  rootless: boolean,
  /** Fills the folder with a copy of the tree `names[0]`, where there is no overlayfs. */
  fill?: (fs: string) => Promise<void>,
): Promise<Snapshot> {
  const key = options.key ?? `x${randomBytes(6).toString('hex')}`;
  if (!/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(key)) throw new Error(`bad key of a snapshot: ${key}`);
  const info: PreparedInfo = {
    names,
    options: [...mountOptions(rootless), ...(options.volatile && hasVolatile() ? ['volatile'] : [])].join(','),
    ...(parent === undefined ? {} : { parent }),
    ...(options.key === undefined ? { owner: ownerToken() } : {}),
  };
  // Made aside and renamed: a snapshot is there whole or not at all.
  const aside = places.temporary('prepare');
  const upper = join(aside, 'fs');
  // At once: a handful of calls of microseconds, which each take twenty times as long by way of Node's threads.
  mkdirSync(aside);
  mkdirSync(upper, { mode: 0o755 });
  mkdirSync(join(aside, 'work'));
  const { uid, gid, mode } = statSync(places.layer(names[0] ?? 'e'));
  if (names.length > 0) chownSync(upper, uid, gid);
  chmodSync(upper, names.length > 0 ? mode & 0o7777 : 0o755);
  await fill?.(upper);
  await writeFileAtomic(join(aside, INFO), JSON.stringify(info), { fsync: false });
  try {
    renameSync(aside, places.prepared(key));
  } catch (error) {
    await places.removeTemporary(aside);
    if (codeOf(error) !== 'ENOTEMPTY' && codeOf(error) !== 'EEXIST') throw error;
    throw new SnapshotError('snapshot-exists', `there is a root file system of the name ${key} already`);
  }
  return { id: key, overlay: mountOf(places, key, info, fill !== undefined) };
}

/** A prepared snapshot of any process. */
export async function openPrepared(places: Places, key: string, isCopy = false): Promise<Snapshot | undefined> {
  const info = await infoOf(places, key);
  return info === undefined ? undefined : { id: key, overlay: mountOf(places, key, info, isCopy) };
}

export async function infoOf(places: Places, key: string): Promise<PreparedInfo | undefined> {
  const text = await readTextIfThere(join(places.prepared(key), INFO));
  return text === undefined ? undefined : (JSON.parse(text) as PreparedInfo);
}

/** Every prepared snapshot. */
export async function allPrepared(places: Places): Promise<Map<string, PreparedInfo>> {
  const found = new Map<string, PreparedInfo>();
  for (const key of await readdir(join(places.root, 'p'))) {
    const info = await infoOf(places, key).catch(() => undefined);
    if (info !== undefined) found.set(key, info);
  }
  return found;
}

/** A mount that shows layers only. overlayfs wants two folders when nothing is writable: an empty one is below. */
export function viewOf(places: Places, names: readonly string[], rootless: boolean): OverlayMount {
  const lowers = names.length === 0 ? ['e', 'f'] : names.length === 1 ? [names[0]!, 'e'] : names;
  return { cwd: places.layers, options: mountOptions(rootless).join(','), upper: '', work: '', lowers };
}

function mountOf(places: Places, key: string, info: PreparedInfo, isCopy: boolean): OverlayMount {
  const folder = places.prepared(key);
  if (isCopy) {
    const copyOf = places.layer(info.names[0] ?? 'e');
    return { cwd: '/', options: '', upper: join(folder, 'fs'), work: '', lowers: [], copyOf };
  }
  return {
    cwd: places.layers,
    options: info.options,
    upper: join(folder, 'fs'),
    work: join(folder, 'work'),
    lowers: info.names.length === 0 ? ['e'] : info.names,
  };
}

/** What a kernel may have switched on by default, and what would put marks into layers that mean nothing elsewhere. */
function mountOptions(rootless: boolean): string[] {
  return rootless ? ['userxattr'] : unwanted();
}

let switchedOff: string[] | undefined;

function unwanted(): string[] {
  switchedOff ??= ['index', 'metacopy', 'redirect_dir']
    .filter((name) => parameter(name) === 'Y')
    .map((name) => `${name}=off`);
  return switchedOff;
}

function parameter(name: string): string | undefined {
  try {
    return readFileSync(`/sys/module/overlay/parameters/${name}`, 'latin1').trim();
  } catch {
    return undefined;
  }
}

/** `volatile` came with Linux 5.10. */
function hasVolatile(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  return major > 5 || (major === 5 && minor >= 10);
}
