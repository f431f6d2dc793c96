import type { IgnoreMatcher, IgnoreState } from '../../dockerfile/ignore.ts';
import type { CopyEntry, CopySource } from './entry.ts';
import type { Selected } from './select.ts';

/** An entry and its path below what was selected: empty for the selected thing itself. */
export interface Placed {
  entry: CopyEntry;
  below: string;
}

/**
 * What was selected and everything below it, without what `exclude` names. Excluded folders stay when something in
 * them is taken back by a `!`. Patterns are relative to the selected folder; for a single file, to its folder.
 */
export async function* placed(
  source: CopySource,
  selected: Selected,
  exclude: IgnoreMatcher,
  options: { digests: boolean },
): AsyncGenerator<Placed> {
  const top = selected.entry.path;
  const skip = top === '' ? 0 : top.length + 1;
  const isFolder = selected.entry.type === 'folder';
  if (exclude.isEmpty) {
    for await (const entry of source.tree(selected.entry, options)) yield { entry, below: entry.path.slice(skip) };
    return;
  }
  const base = selected.kept ?? (isFolder ? '' : selected.name);
  // States of the folders that lead to the entry, outermost first; `held`: excluded folders not yet needed.
  const open: { below: string; state: IgnoreState; held: CopyEntry | undefined }[] = [];
  const start = stateOf(exclude, base);
  if (start.ignored && !(isFolder && exclude.mayTakeBackBelow(base))) return;
  for await (const entry of source.tree(selected.entry, options)) {
    const below = entry.path.slice(skip);
    if (below === '') {
      if (start.ignored) open.push({ below: '', state: start.state, held: entry });
      else yield { entry, below };
      continue;
    }
    while (open.length > 0 && open.at(-1)!.below !== '' && !below.startsWith(`${open.at(-1)!.below}/`)) open.pop();
    const path = base === '' ? below : `${base}/${below}`;
    const { ignored, state } = exclude.step(path, open.at(-1)?.state ?? start.state);
    if (!ignored) {
      for (const folder of open) {
        if (folder.held) yield { entry: folder.held, below: folder.below };
        folder.held = undefined;
      }
      yield { entry, below };
    }
    if (entry.type === 'folder') open.push({ below, state, held: ignored ? entry : undefined });
  }
}

function stateOf(exclude: IgnoreMatcher, path: string): { ignored: boolean; state: IgnoreState } {
  let result = { ignored: false, state: exclude.top() };
  if (path === '') return result;
  const parts = path.split('/');
  for (let n = 1; n <= parts.length; n++) result = exclude.step(parts.slice(0, n).join('/'), result.state);
  return result;
}
