import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { type UnpackOptions, unpackTar } from '../../src/layer/apply.ts';
import { Tree } from '../../src/layer/tree.ts';
import type { TreeEntry } from '../../src/layer/tree-types.ts';
import { Helper } from '../../src/runtime/helper.ts';
import { makeHelper } from '../runtime/helper-fixture.ts';

export const helper = makeHelper();

/** The same sources with AddressSanitizer and UndefinedBehaviorSanitizer; what they find ends the helper with code 99. */
export function sanitizedHelper(): Helper {
  if (process.env.CONTAINERIZE_ASAN_HELPER !== undefined) return new Helper(process.env.CONTAINERIZE_ASAN_HELPER);
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const native = join(root, 'native');
  // One at a time: several test files ask for it at once.
  execFileSync('flock', [native, 'make', '-s', '-C', native, 'asan'], { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Helper(join(root, 'build/asan/containerize-helper'));
}

let count = 0;

/** A new empty folder below `parent`. */
export function emptyFolder(parent: string): string {
  const folder = join(parent, `f${count++}`);
  mkdirSync(folder);
  return folder;
}

export interface UnpackChoices extends Partial<Omit<UnpackOptions, 'target'>> {
  target: string;
}

/** Unpacks an archive that is at hand. */
export function unpackBytes(tar: Buffer, options: UnpackChoices): ReturnType<typeof unpackTar> {
  return unpackTar({ helper, mode: 'overlay', ...options }, Readable.from([tar], { objectMode: false }));
}

/** One line for each thing in a tree with everything that must survive packing and unpacking. */
export async function describeTree(
  folder: string,
  options: { times?: 'none' | 'seconds' | 'exact' } = {},
): Promise<string[]> {
  const entries = await new Tree(helper, folder).entries('/', { hash: true, xattrs: true });
  const groups = new Map<number, string>();
  return entries.map((entry) => {
    const first = groups.get(entry.inode);
    if (first === undefined) groups.set(entry.inode, entry.path);
    return line(entry, first, options.times ?? 'seconds');
  });
}

function line(entry: TreeEntry, twin: string | undefined, times: string): string {
  const words = [entry.path || '/', entry.type, entry.mode.toString(8), `${entry.uid}:${entry.gid}`];
  if (entry.type === 'file') words.push(String(entry.size), entry.sha256 ?? '');
  if (entry.link !== undefined) words.push(`-> ${entry.link}`);
  if (entry.major !== undefined) words.push(`${entry.major}:${entry.minor}`);
  if (twin !== undefined && entry.type !== 'directory') words.push(`= ${twin}`);
  if (times !== 'none') words.push(`@${entry.mtime}`);
  if (times === 'exact') words.push(`.${entry.mtimeNsec}`);
  for (const [name, value] of Object.entries(entry.xattrs ?? {}).sort()) words.push(`${name}=${value.toString('hex')}`);
  return words.join(' ');
}
