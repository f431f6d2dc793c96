import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { dirname, posix, relative, resolve } from 'node:path';
import { Tree } from '../layer/tree.ts';
import type { Helper } from '../runtime/helper.ts';
import { TestingError } from './error.ts';
import { earlier } from './folder-names.ts';

/** Names the folders that test runs made, one a line: nothing else is ever removed. */
const MARKER = '.containerize-tests';

/**
 * Where what tests leave is written on this machine, and whose it becomes. Root may be who writes, into a checkout of
 * somebody else: every path is resolved inside `anchor`, so that links in the checkout lead nowhere else.
 */
export interface OutputFolder {
  /** A folder that is there, all links followed. */
  anchor: string;
  /** From the anchor; it need not be there. */
  path: string;
  owner: { uid: number; gid: number };
}

/** The folder that a user named: inside of `cwd` nothing leads out of it; elsewhere it is what it is. */
export async function outputFolder(
  given: string,
  cwd: string,
  owner: { uid: number; gid: number },
): Promise<OutputFolder> {
  const wanted = resolve(cwd, given);
  const inside = relative(cwd, wanted);
  if (inside !== '..' && !inside.startsWith('../')) return { anchor: await realpath(cwd), path: inside, owner };
  for (let there = wanted; ; there = dirname(there)) {
    const anchor = await realpath(there).catch(() => undefined);
    if (anchor !== undefined) return { anchor, path: relative(there, wanted), owner };
  }
}

/** A place in the folder, as its tree knows it. */
export function placeIn({ path }: OutputFolder, name: string): string {
  return `/${posix.join(path, name)}`;
}

/** The first `max` bytes of each of these files in it, read by one helper. */
export function readOutputs(
  helper: Helper,
  output: OutputFolder,
  names: readonly string[],
  max: number,
): Promise<PromiseSettledResult<Buffer>[]> {
  const tree = new Tree(helper, output.anchor);
  return Promise.allSettled(names.map((name) => tree.read(placeIn(output, name), max)));
}

/** Writes a file of the folder, which is made when it is not there; an older one, or a link, is replaced. */
export async function writeOutput(helper: Helper, output: OutputFolder, name: string, text: string): Promise<void> {
  const tree = new Tree(helper, output.anchor);
  const place = placeIn(output, name);
  const temporary = `${place}.${randomBytes(6).toString('hex')}.tmp`;
  await Promise.all([
    tree.mkdir(placeIn(output, ''), { mode: 0o755, ...output.owner }),
    tree.write(temporary, text, { mode: 0o644, ...output.owner }),
    tree.rename(temporary, place),
  ]);
}

/**
 * Looks whether there is room for the folders of tests, and gives what makes it: what an earlier run left there must not
 * be taken for ours. What no run of ours made is the user's, and stays.
 *
 * @throws TestingError `bad-output-folder` when something else has the place of one
 */
export async function roomIn(
  helper: Helper,
  output: OutputFolder,
  folders: readonly string[],
): Promise<() => Promise<void>> {
  const tree = new Tree(helper, output.anchor);
  const names = folders.flatMap((folder) => [folder, earlier(folder)]);
  const marker = placeIn(output, MARKER);
  const [known, ...there] = await Promise.all([
    tree.stat(marker, { noFollow: true }).then((stat) => (stat?.type === 'file' ? tree.read(marker) : undefined)),
    ...names.map((name) => tree.stat(placeIn(output, name), { noFollow: true })),
  ]);
  const ours = new Set(known?.toString('utf8').split('\n').filter(Boolean));
  const old = names.filter((_, i) => there[i] !== undefined);
  const foreign = old.find((name) => !ours.has(name));
  if (foreign !== undefined)
    throw new TestingError(
      'bad-output-folder',
      `${posix.join(output.path, foreign)} is there already, and no test run made it: reports of a test would take its place`,
      { hint: 'name another folder for what tests leave (--output-dir, test-output), or remove it' },
    );
  return async () => {
    const made = [...new Set([...ours, ...names])].sort();
    await Promise.all([
      ...old.map((name) => tree.remove(placeIn(output, name))),
      tree.mkdir(placeIn(output, ''), { mode: 0o755, ...output.owner }),
      tree.remove(marker),
      tree.write(marker, `${made.join('\n')}\n`, { mode: 0o644, ...output.owner }),
    ]);
  };
}
