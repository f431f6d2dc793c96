import { posix } from 'node:path';
import type { IgnoreMatcher } from '../../dockerfile/ignore.ts';
import type { HelperRecord } from '../../runtime/helper.ts';
import type { CopyEntry, CopySource } from './entry.ts';
import { CopyError } from './error.ts';
import { placed } from './filter.ts';
import type { ModeChange } from './mode.ts';
import type { Selected, SourceText } from './select.ts';

/** Where files go, looked up in the root. */
export interface Destination {
  /** Absolute; symlinks followed as far as it exists. */
  path: string;
  /** It was written with a slash at its end: it must be a folder. */
  mustBeFolder: boolean;
  /** What is there. */
  found: 'folder' | 'other' | undefined;
  text: SourceText;
}

export interface Owner {
  uid: number;
  gid: number;
}

export interface PlanOptions {
  source: CopySource;
  /** The source's name in the helper's batch. */
  label: string;
  selected: readonly Selected[];
  exclude: IgnoreMatcher;
  destination: Destination;
  /** Absent: what the source says. */
  owner?: Owner | undefined;
  mode?: ModeChange | undefined;
  parents: boolean;
  /** Seconds: the time of everything that is made. */
  epoch?: number | undefined;
}

/** One operation of the helper. */
export interface Planned {
  record: HelperRecord;
  /** A source path that must still be what it was when this is done. */
  read?: string;
  /** How many entries a copy must report: more or fewer, and the source has changed meanwhile. */
  entries?: number | undefined;
}

/** Folders that have to be made above a destination. */
const FOLDER_MODE = 0o755;

/** Turns what was selected into the helper's operations, in order: folders before what is in them. */
export async function* plan(options: PlanOptions): AsyncGenerator<Planned> {
  const { destination, epoch } = options;
  const maker = options.owner ?? { uid: 0, gid: 0 };
  const made = new Set<string>();
  const mkdir = (path: string, mode: number, owner: Owner): Planned[] => {
    if (made.has(path)) return [];
    made.add(path);
    const times = epoch === undefined ? [] : [epoch, 0];
    return [{ record: ['mkdir', path, mode, owner.uid, owner.gid, ...times] }];
  };
  let { found } = destination;
  for (const selected of options.selected) {
    const isFolder = selected.entry.type === 'folder';
    const into = options.parents || destination.mustBeFolder || found === 'folder';
    if (found === 'other' && (isFolder || into)) throw notAFolder(destination, selected, isFolder);
    let target = destination.path;
    if (options.parents) target = posix.join(target, selected.kept ?? selected.name);
    else if (!isFolder && into) target = posix.join(target, selected.name);
    yield* mkdir(into || isFolder ? destination.path : posix.dirname(target), FOLDER_MODE, maker);
    if (into || isFolder) found = 'folder';
    for (const { kept, entry } of selected.above ?? []) {
      yield* mkdir(posix.join(destination.path, kept), entry.mode, options.owner ?? entry);
    }
    yield* (isFolder && (await inOneGo(selected, target, options))) || oneByOne(selected, target, options);
  }
}

function notAFolder(destination: Destination, selected: Selected, isFolder: boolean): CopyError {
  return new CopyError(
    'bad-destination',
    isFolder
      ? `cannot copy to non-directory: ${destination.path} is a file, and ${selected.text.text} a folder`
      : `cannot copy to ${destination.text.text}: ${destination.path} is a file, expected a folder`,
    { location: destination.text.location },
  );
}

/** A whole folder as one operation, when nothing has to be decided for single entries. */
async function inOneGo(selected: Selected, target: string, options: PlanOptions): Promise<Planned[] | undefined> {
  const { source, owner, mode, epoch } = options;
  const { path } = selected.entry;
  if (!options.exclude.isEmpty || (mode !== undefined && mode.constant === undefined)) return undefined;
  const hidden = await source.hidden?.(path);
  if (hidden === undefined) return undefined;
  const contents = !options.parents;
  const count = source.count?.(path);
  const words = [
    // Last words win: an owner of --chown stands after the source's own.
    ...(source.copyWords ?? []),
    ...(owner === undefined ? [] : [`uid=${owner.uid}`, `gid=${owner.gid}`]),
    ...(mode === undefined ? [] : [`mode=${mode.constant}`]),
    ...(epoch === undefined ? [] : [`mtime=${epoch}`]),
    ...(contents ? ['contents'] : []),
    'twins',
    ...hidden.map((below) => `exclude=${below}`),
  ];
  return [
    {
      record: ['copy', options.label, `/${path}`, target, ...words],
      read: path,
      entries: count === undefined ? undefined : count + (contents ? 0 : 1),
    },
  ];
}

async function* oneByOne(selected: Selected, target: string, options: PlanOptions): AsyncGenerator<Planned> {
  const { source, epoch } = options;
  const contents = selected.entry.type === 'folder' && !options.parents;
  // Folders that are being filled: their times are set once they are full.
  const open: { below: string; path: string; entry: CopyEntry }[] = [];
  const close = (until: string): Planned[] => {
    const closed: Planned[] = [];
    for (let last = open.at(-1); last && last.below !== '' && !until.startsWith(`${last.below}/`); last = open.at(-1)) {
      open.pop();
      closed.push(...timed(last.path, last.entry, epoch));
    }
    return closed;
  };
  for await (const { entry, below } of placed(source, selected, options.exclude, { digests: false })) {
    yield* close(below);
    // A folder's contents are copied: what is at the destination keeps its own mode and owner.
    if (below === '' && contents) continue;
    const path = below === '' ? target : `${target === '/' ? '' : target}/${below}`;
    yield { record: copyRecord(entry, path, options), ...(entry.type === 'file' ? { read: entry.path } : {}) };
    if (entry.type === 'folder') open.push({ below, path, entry });
  }
  yield* close('');
  for (const { path, entry } of open.reverse()) yield* timed(path, entry, epoch);
}

function copyRecord(entry: CopyEntry, path: string, options: PlanOptions): HelperRecord {
  const owner = options.owner ?? entry;
  const mode = options.mode?.(entry.mode, entry.type === 'folder') ?? entry.mode;
  const words = [
    ...(options.source.copyWords?.includes('no-xattrs') ? ['no-xattrs'] : []),
    `uid=${owner.uid}`,
    `gid=${owner.gid}`,
    `mode=${mode}`,
    ...(options.epoch === undefined ? [] : [`mtime=${options.epoch}`]),
    'no-recurse',
    'twins',
  ];
  return ['copy', options.label, `/${entry.path}`, path, ...words];
}

function timed(path: string, entry: CopyEntry, epoch: number | undefined): Planned[] {
  const time = epoch === undefined ? entry.mtime : ([epoch, 0] as const);
  return time === undefined ? [] : [{ record: ['utimes', path, time[0], time[1]] }];
}
