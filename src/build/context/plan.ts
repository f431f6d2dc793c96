import { posix } from 'node:path';
import type { IgnoreMatcher } from '../../dockerfile/ignore.ts';
import type { HelperRecord } from '../../runtime/helper.ts';
import type { CopySource } from './entry.ts';
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
}

/** One operation of the helper, and the source's path when it reads a file of which one must know that it stayed the same. */
export interface Planned {
  record: HelperRecord;
  read?: string;
}

/** Folders that have to be made above a destination. */
const FOLDER_MODE = 0o755;

/** Turns what was selected into the helper's operations, in order: folders before what is in them. */
export async function* plan(options: PlanOptions): AsyncGenerator<Planned> {
  const { destination } = options;
  const maker = options.owner ?? { uid: 0, gid: 0 };
  let { found } = destination;
  const made = new Set<string>();
  const mkdir = (path: string, mode: number, owner: Owner): Planned[] => {
    if (made.has(path)) return [];
    made.add(path);
    return [{ record: ['mkdir', path, mode, owner.uid, owner.gid] }];
  };
  for (const selected of options.selected) {
    const { entry } = selected;
    const isFolder = entry.type === 'folder';
    const into = options.parents || destination.mustBeFolder || found === 'folder';
    if (found === 'other' && (isFolder || into)) {
      throw new CopyError(
        'bad-destination',
        isFolder
          ? `cannot copy to non-directory: ${destination.path} is a file, and ${selected.text.text} a folder`
          : `cannot copy to ${destination.text.text}: ${destination.path} is a file, expected a folder`,
        { location: destination.text.location },
      );
    }
    const contents = isFolder && !options.parents;
    let target = destination.path;
    if (options.parents) target = posix.join(target, selected.kept ?? selected.name);
    else if (!isFolder && into) target = posix.join(target, selected.name);
    yield* mkdir(into || isFolder ? destination.path : posix.dirname(target), FOLDER_MODE, maker);
    if (into || isFolder) found = 'folder';
    for (const { kept, entry: folder } of selected.above ?? []) {
      yield* mkdir(posix.join(destination.path, kept), folder.mode, options.owner ?? folder);
    }
    for await (const { entry: e, below } of placed(options.source, selected, options.exclude, { digests: false })) {
      // A folder's contents are copied: what is at the destination keeps its own mode and owner.
      if (below === '' && contents) continue;
      const owner = options.owner ?? e;
      const mode = e.type === 'symlink' ? -1 : (options.mode?.(e.mode, e.type === 'folder') ?? e.mode);
      const path = below === '' ? target : `${target === '/' ? '' : target}/${below}`;
      yield {
        record: ['copy', options.label, `/${e.path}`, path, mode, owner.uid, owner.gid],
        ...(e.type === 'file' ? { read: e.path } : {}),
      };
    }
  }
}
