import { constants, createWriteStream, type ReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { ContainerizeError, codeOf, messageOf } from '../errors.ts';
import { temporaryName } from '../files.ts';
import type { CommandContext } from './command.ts';
import { giveTo } from './user-file.ts';

export class UserStreamError extends ContainerizeError<'cannot-read' | 'cannot-write'> {}

/**
 * Streams into a file for the user: it appears under its name only when it is complete, and belongs to the caller also
 * where we run as root. A device or a pipe that is there is written as it is.
 */
export async function writeUserFile(
  path: string,
  context: Pick<CommandContext, 'cwd' | 'owner'>,
  write: (out: Writable) => Promise<void>,
): Promise<void> {
  const target = resolve(context.cwd, path);
  const there = await stat(target).catch((error: unknown) => {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw cannot('write', target, error);
  });
  if (there?.isDirectory()) throw new UserStreamError('cannot-write', `cannot write ${target}: it is a folder`);
  if (there && !there.isFile()) return write(createWriteStream(target, { highWaterMark: 1 << 20 }));
  const temporary = temporaryName(target);
  // O_EXCL and O_NOFOLLOW: in a folder that others may write to, nobody can put a link in our way.
  const file = await open(
    temporary,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o644,
  ).catch((error: unknown) => {
    throw cannot('write', target, error);
  });
  try {
    await giveTo(file, context.owner);
    await write(file.createWriteStream({ highWaterMark: 1 << 20 }));
    await rename(temporary, target);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Opens a file of the user's as a stream. */
export async function readUserFile(path: string, context: Pick<CommandContext, 'cwd'>): Promise<ReadStream> {
  const target = resolve(context.cwd, path);
  const file = await open(target, 'r').catch((error: unknown) => {
    throw cannot('read', target, error);
  });
  if ((await file.stat()).isDirectory()) {
    await file.close();
    throw new UserStreamError('cannot-read', `cannot read ${target}: it is a folder`);
  }
  return file.createReadStream({ highWaterMark: 1 << 20 });
}

function cannot(deed: 'read' | 'write', path: string, cause: unknown): UserStreamError {
  const reasons: Record<string, string> = {
    ENOENT: deed === 'read' ? 'there is no such file' : 'its folder does not exist',
    EACCES: 'no permission',
    EROFS: 'the file system is read-only',
    ENOTDIR: 'a part of its path is no folder',
  };
  return new UserStreamError(
    deed === 'read' ? 'cannot-read' : 'cannot-write',
    `cannot ${deed} ${path}: ${reasons[codeOf(cause) ?? ''] ?? messageOf(cause)}`,
    { cause },
  );
}
