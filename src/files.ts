import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { codeOf } from './errors.ts';

/**
 * Writes a whole small file so that a reader sees the old bytes or the new ones, never a part, also after a crash:
 * temporary name in the same folder, fsync, rename, fsync of the folder. `after`: the name moves only when this has resolved.
 */
export async function writeFileAtomic(
  path: string,
  content: string | Uint8Array,
  options: { mode?: number; fsync?: boolean; after?: Promise<unknown> } = {},
): Promise<void> {
  const temporary = temporaryName(path);
  if (options.fsync === false) return writeAtOnce(path, temporary, content, options.mode);
  try {
    const file = await open(temporary, 'wx', options.mode ?? 0o644);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await options.after;
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await fsyncFolder(dirname(path));
}

/** Into the page cache in microseconds; by way of Node's threads the same four calls take most of a millisecond. */
function writeAtOnce(path: string, temporary: string, content: string | Uint8Array, mode = 0o644): void {
  try {
    const file = openSync(temporary, 'wx', mode);
    try {
      writeFileSync(file, content);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A name beside `path` that nobody else uses; names starting `.tmp-` are swept after a crash. */
export function temporaryName(path: string): string {
  return join(dirname(path), `.tmp-${process.pid}-${randomBytes(6).toString('hex')}-${basename(path).slice(0, 80)}`);
}

/** Makes the names in a folder last over a power cut. */
export async function fsyncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** The text of a small file, or undefined when there is no such file. Read at once, as above. */
export async function readTextIfThere(path: string): Promise<string | undefined> {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

export async function makeFolder(path: string, mode = 0o755): Promise<string> {
  await mkdir(path, { recursive: true, mode });
  return path;
}

/** A temporary file is needed for moments; one this old belongs to nobody, whatever process has its number now. */
const ABANDONED_MS = 24 * 3600 * 1000;

/** Removes temporary files that writers left in a folder when they were killed. */
export async function sweepTemporary(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const pid = /^\.tmp-(\d+)-/.exec(name)?.[1];
    if (pid === undefined) continue;
    const path = join(folder, name);
    const age = Date.now() - ((await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now());
    const gone = (await stat(`/proc/${pid}`).catch(() => undefined)) === undefined;
    // A minute's patience: the process may live in another pid namespace.
    if (age > ABANDONED_MS || (gone && age > 60_000)) await rm(path, { force: true, recursive: true });
  }
}
