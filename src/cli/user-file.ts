import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { codeOf } from '../errors.ts';
import { UsageError } from './arguments.ts';

/** A file that is written for the user; he owns it, also when root writes it for him. */
export interface Owner {
  uid: number;
  gid: number;
}

/**
 * Makes a new file for the user: never through a link, never over what is there (`--cidfile` refuses, as docker does).
 */
export async function createUserFile(path: string, text: string, owner: Owner, flag: string): Promise<void> {
  let file: FileHandle;
  try {
    file = await open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW, 0o644);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    throw new UsageError('bad-value', `${flag}: there is a file ${path} already`, {
      hint: 'remove it, or choose another name: another container’s ID may be in it',
    });
  }
  try {
    await giveTo(file, owner);
    await file.writeFile(text);
  } finally {
    await file.close();
  }
}

/** The caller becomes the owner of what we opened; needed only where we are not the caller. */
export async function giveTo(file: FileHandle, owner: Owner): Promise<void> {
  if (process.getuid?.() !== owner.uid) await file.chown(owner.uid, owner.gid);
}
