import { createWriteStream } from 'node:fs';
import { chmod, chown, lchown, link, lstat, lutimes, mkdir, rm, symlink, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { TarEntry } from '../../content/archive/tar-reader.ts';
import { readTar } from '../../content/archive/tar-reader.ts';
import { codeOf } from '../../errors.ts';
import { packRoot } from '../../layer/diff.ts';
import type { Progress } from '../../progress.ts';
import { BuildError } from '../error.ts';
import type { StepResult, StepServices } from '../vertex.ts';

export interface RootFilesOptions {
  services: StepServices;
  progress: Progress;
  signal: AbortSignal;
  epoch: number | undefined;
}

/** One result, and the folder that its files are in; none when it is the only one. */
export interface RootPart {
  result: StepResult;
  folder?: string;
}

/** The results' root file systems as one tar. Ends the stream. */
export async function writeRootTar(
  out: Writable,
  parts: readonly RootPart[],
  options: RootFilesOptions,
): Promise<void> {
  await told('exporting to tar', options.progress, async () => pipeline(joinTars(parts, options), out));
}

/** Two blocks of zeros at the end of every archive. */
const TAR_END = 1024;

/** One archive after the other, with one end. */
async function* joinTars(parts: readonly RootPart[], options: RootFilesOptions): AsyncGenerator<Buffer> {
  for (const [i, { result, folder }] of parts.entries()) {
    let held: Buffer = Buffer.alloc(0);
    for await (const chunk of (await rootTar(result, options, folder)) as AsyncIterable<Buffer>) {
      if (i === parts.length - 1) {
        yield chunk;
        continue;
      }
      const all = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
      const end = Math.max(0, all.length - TAR_END);
      if (end > 0) yield all.subarray(0, end);
      held = all.subarray(end);
    }
  }
}

/**
 * The result's root file system as files in a folder of the user's. They are the user's; devices are left out; what is
 * there already is replaced where a name is the same, and never followed when it is a link.
 */
export async function writeRootFolder(
  folder: string,
  result: StepResult,
  owner: { uid: number; gid: number },
  options: RootFilesOptions,
): Promise<void> {
  await told('exporting to client directory', options.progress, async () => {
    await makeFolders(folder, owner);
    const times: { path: string; mtime: number; mode: number }[] = [];
    for await (const entry of readTar(await rootTar(result, options), 'the root file system')) {
      options.signal.throwIfAborted();
      await writeEntry(folder, entry, owner, times);
    }
    // A folder's time and mode come last: writing into it changes the one, and may be forbidden by the other.
    for (const { path, mtime, mode } of times.reverse()) {
      await chmod(path, mode);
      await utimes(path, mtime, mtime);
    }
  });
}

async function rootTar(
  result: StepResult,
  { services, signal, epoch }: RootFilesOptions,
  folder?: string,
): Promise<Readable> {
  const view = await result.snapshot();
  return packRoot({
    helper: services.helper,
    root: view.overlay,
    signal,
    ...(folder === undefined ? {} : { subtree: { path: '/', name: folder } }),
    ...(epoch === undefined ? {} : { mtimeClamp: epoch }),
  });
}

async function writeEntry(
  folder: string,
  entry: TarEntry,
  owner: { uid: number; gid: number },
  times: { path: string; mtime: number; mode: number }[],
): Promise<void> {
  const parts = entry.name.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new BuildError('output-failed', `refusing to write ${entry.name}`);
  if (parts.length === 0) return;
  const path = join(folder, ...parts);
  const found = await lstat(path).catch(() => undefined);
  if (entry.type === 'directory') {
    if (found && !found.isDirectory())
      throw new BuildError('output-failed', `cannot write the folder ${path}: there is something else of that name`);
    if (!found) await mkdir(path, { mode: 0o700 });
    await chown(path, owner.uid, owner.gid);
    times.push({ path, mtime: entry.mtime, mode: entry.mode & 0o7777 });
    return;
  }
  if (entry.type === 'char' || entry.type === 'block' || entry.type === 'fifo') return;
  if (found?.isDirectory())
    throw new BuildError('output-failed', `cannot write the file ${path}: there is a folder of that name`);
  if (found) await rm(path);
  if (entry.type === 'symlink') {
    await symlink(entry.linkname, path);
    await lchown(path, owner.uid, owner.gid);
    await lutimes(path, entry.mtime, entry.mtime);
  } else if (entry.type === 'hardlink') {
    await link(
      join(folder, ...entry.linkname.split('/').filter((part) => part !== '' && part !== '.' && part !== '..')),
      path,
    );
  } else {
    await pipeline(entry.body, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    await chown(path, owner.uid, owner.gid);
    await chmod(path, entry.mode & 0o7777);
    await utimes(path, entry.mtime, entry.mtime);
  }
}

/** Folders of the user's that are missing become the user's. */
async function makeFolders(path: string, owner: { uid: number; gid: number }): Promise<void> {
  try {
    await mkdir(path);
    await chown(path, owner.uid, owner.gid);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') {
      await makeFolders(dirname(path), owner);
      await makeFolders(path, owner);
    } else if (codeOf(error) !== 'EEXIST') throw error;
  }
}

async function told(name: string, progress: Progress, work: () => Promise<void>): Promise<void> {
  const task = progress.start({ name });
  try {
    await work();
    task.done();
  } catch (error) {
    task.fail(error);
    throw error;
  }
}
