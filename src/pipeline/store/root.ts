import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ContainerizeError, codeOf, messageOf } from '../../errors.ts';

export class StateRootError extends ContainerizeError<'cannot-write'> {}

/**
 * Makes the folder that everything is kept in, one level at a time: Node's recursive mkdir calls a read-only file
 * system a missing file, and below /proc it never returns.
 */
export function prepareStateRoot(root: string): void {
  const content = join(root, 'content');
  if (existsSync(content)) return;
  try {
    makeFolder(content);
  } catch (error) {
    throw new StateRootError('cannot-write', `cannot keep images in ${root}: ${reason(error)}`, {
      cause: error,
      hint: 'choose another folder with --root or CONTAINERIZE_ROOT, on a disk that can be written',
    });
  }
}

function makeFolder(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) makeFolder(parent);
  try {
    mkdirSync(path);
  } catch (error) {
    // another command may have been faster
    if (codeOf(error) !== 'EEXIST' || !statSync(path).isDirectory()) throw error;
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  EACCES: 'permission denied',
  EPERM: 'not permitted here',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EEXIST: 'a part of the path is a file, not a folder',
  ENOENT: 'folders cannot be made there',
  ENAMETOOLONG: 'the path is too long',
};

function reason(error: unknown): string {
  return REASONS[codeOf(error) ?? ''] ?? messageOf(error);
}
