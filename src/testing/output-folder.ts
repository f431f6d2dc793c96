import { realpath } from 'node:fs/promises';
import { dirname, posix, relative, resolve } from 'node:path';
import { Tree } from '../layer/tree.ts';
import type { Helper } from '../runtime/helper.ts';

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

/** The first `max` bytes of a file in it. */
export function readOutput(helper: Helper, output: OutputFolder, name: string, max: number): Promise<Buffer> {
  return new Tree(helper, output.anchor).read(placeIn(output, name), max);
}
