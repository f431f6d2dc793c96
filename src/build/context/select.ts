import { posix } from 'node:path';
import { compileGlob } from '../../dockerfile/glob.ts';
import { closest, type SourceLocation } from '../../errors.ts';
import type { CopyEntry, CopySource } from './entry.ts';
import { badName } from './entry-name.ts';
import { CopyError } from './error.ts';

/** A source of COPY as it was written, variables expanded. */
export interface SourceText {
  text: string;
  location?: SourceLocation | undefined;
}

/** One thing that a source named. */
export interface Selected {
  /** With symlinks followed. */
  entry: CopyEntry;
  /** Its last part as it was named: what it is called in a destination folder. */
  name: string;
  /** --parents: the path that is kept below the destination. */
  kept?: string;
  /** --parents: folders above it, outermost first; they get the source's modes where they have to be made. */
  above?: readonly { kept: string; entry: CopyEntry }[];
  text: SourceText;
}

/**
 * What the sources of a COPY name. A wildcard that hits a symlink which leads nowhere takes the link itself. Wildcards are Go's filepath.Match, part by part; with --parents also `**`. A wildcard
 * that matches nothing is no error, a name without one that is missing is.
 */
export async function select(
  source: CopySource,
  texts: readonly SourceText[],
  options: { parents: boolean },
): Promise<Selected[]> {
  const selected: Selected[] = [];
  for (const text of texts) {
    const { base, rest } = splitPivot(text.text, options.parents);
    const prefix = normalise(base);
    const pattern = normalise(posix.join(prefix, rest));
    const wild = hasWildcard(pattern);
    const depth = prefix === '' ? 0 : prefix.split('/').length;
    const matches = wild
      ? await glob(source, pattern, depth, options.parents, text)
      : [{ path: pattern, base: prefix }];
    // Looked up together: of another stage's root that is one process, not one each.
    const entries = await Promise.all(
      matches.map(async ({ path }) => {
        const entry = (await source.find(path)) ?? (wild ? await source.link?.(path) : undefined);
        // listed, and yet not there under the name that Node made of its bytes
        if (entry === undefined && wild && path.includes('\uFFFD')) throw badName(path);
        return entry;
      }),
    );
    for (const [index, match] of matches.entries()) {
      const entry = entries[index];
      if (entry) selected.push(await named(source, match, entry, text, options.parents));
      else if (!wild) throw await missing(source, match.path, text);
    }
  }
  return selected;
}

/** Leading `/` and `../` stop at the root. */
function normalise(path: string): string {
  return posix.join('/', path).slice(1).replace(/\/+$/, '');
}

/** What a pattern matched, and what of it the part before the pivot matched. */
interface Match {
  path: string;
  base: string;
}

/** `a/./b/c` with --parents: only `b/c` is kept. */
function splitPivot(text: string, parents: boolean): { base: string; rest: string } {
  const at = parents ? text.indexOf('/./') : -1;
  if (at !== -1) return { base: text.slice(0, at), rest: text.slice(at + 3) };
  if (parents && text.startsWith('./')) return { base: '', rest: text.slice(2) };
  return { base: '', rest: text };
}

async function named(
  source: CopySource,
  { path, base }: Match,
  entry: CopyEntry,
  text: SourceText,
  parents: boolean,
): Promise<Selected> {
  const name = path.slice(path.lastIndexOf('/') + 1);
  if (!parents) return { entry, name, text };
  const kept = base === '' ? path : path.slice(base.length + 1);
  const above: { kept: string; entry: CopyEntry }[] = [];
  const parts = kept.split('/');
  for (let n = 1; n < parts.length; n++) {
    const part = parts.slice(0, n).join('/');
    const folder = await source.find(base === '' ? part : `${base}/${part}`);
    if (folder) above.push({ kept: part, entry: folder });
  }
  return { entry, name, kept, above, text };
}

function hasWildcard(path: string): boolean {
  for (let i = 0; i < path.length; i++) {
    if (path[i] === '\\') i++;
    else if ('*?['.includes(path[i]!)) return true;
  }
  return false;
}

async function glob(
  source: CopySource,
  pattern: string,
  pivot: number,
  anyDepth: boolean,
  text: SourceText,
): Promise<Match[]> {
  const parts = pattern.split('/');
  const found: Match[] = [];
  const seen = new Set<string>();
  // Several `**` reach the same place on many ways.
  const visited = new Set<string>();
  const visit = async (folder: string, index: number, outer?: string): Promise<void> => {
    // Set where the part before the pivot ends, and kept from there on.
    const base = outer ?? (index === pivot ? folder : undefined);
    const part = parts[index];
    if (part === undefined) {
      if (folder !== '' && !seen.has(folder)) {
        seen.add(folder);
        found.push({ path: folder, base: base ?? '' });
      }
      return;
    }
    const here = `${index} ${base ?? ''}\0${folder}`;
    if (visited.has(here)) return;
    visited.add(here);
    const below = (name: string): string => (folder === '' ? name : `${folder}/${name}`);
    if (!hasWildcard(part)) {
      if (index + 1 < parts.length || (await source.names(folder)).includes(part))
        await visit(below(part), index + 1, base);
      return;
    }
    if (anyDepth && part === '**') {
      await source.preload?.(folder);
      await visit(folder, index + 1, base);
      for (const name of await source.names(folder)) {
        const entry = await source.find(below(name));
        // A link to a folder above would never end.
        if (entry?.type === 'folder' && entry.path === below(name)) await visit(below(name), index, base);
        else if (index + 1 === parts.length) await visit(below(name), index + 1, base);
      }
      return;
    }
    const matches = compileGlob(part.replace(/\*{2,}/g, '*'));
    if (matches === undefined) {
      throw new CopyError('bad-option', `${JSON.stringify(text.text)} is not a valid pattern: expected ] after [`, {
        location: text.location,
        hint: 'a [ that is meant as itself is written [[]',
      });
    }
    for (const name of await source.names(folder)) {
      if (matches(name)) await visit(below(name), index + 1, base);
    }
  };
  await visit('', 0);
  return found;
}

async function missing(source: CopySource, path: string, text: SourceText): Promise<CopyError> {
  const hidden = source.hiddenBy?.(path);
  const what = `"/${path}": not found in ${source.name}`;
  if (hidden !== undefined) {
    return new CopyError('not-found', `${what}: it is excluded by ${hidden}`, {
      location: text.location,
      hint: `remove that line, or add !${path} after it`,
    });
  }
  const guess = await nearest(source, path);
  return new CopyError('not-found', `${what}${guess === undefined ? '' : ` (did you mean ${guess}?)`}`, {
    location: text.location,
    hint: `paths of COPY and ADD are relative to the root of ${source.name}`,
  });
}

/** The path with its first part that is not there replaced by the closest one that is. */
async function nearest(source: CopySource, path: string): Promise<string | undefined> {
  const parts = path.split('/');
  let folder = '';
  for (const [index, part] of parts.entries()) {
    const names = await source.names(folder);
    if (!names.includes(part)) {
      const guess = closest(part, names);
      if (guess === undefined) return undefined;
      const rest = [...parts.slice(0, index), guess, ...parts.slice(index + 1)].join('/');
      if (await source.find(rest)) return rest;
      return index + 1 === parts.length ? rest : undefined;
    }
    folder = folder === '' ? part : `${folder}/${part}`;
  }
  return undefined;
}
