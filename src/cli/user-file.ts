import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
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

/**
 * Writes a file in the user's project, over an earlier one. Links in a checkout lead nowhere: neither the file nor a
 * folder above it may be one that leads out of `project`, since root may be who writes.
 */
export async function replaceProjectFile(project: string, path: string, text: string, owner: Owner): Promise<void> {
  const [root, folder] = await Promise.all([realpath(project), realpath(dirname(resolve(project, path)))]);
  const refuse = (why: string): never => {
    throw new UsageError('bad-value', `${path}: ${why}, nothing is written there`);
  };
  if (folder !== root && !folder.startsWith(`${root}/`)) return refuse(`it leads out of ${project}`);
  const { O_WRONLY, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
  let file: FileHandle;
  try {
    file = await open(join(folder, basename(path)), O_WRONLY | O_CREAT | O_NOFOLLOW | O_NONBLOCK, 0o644);
  } catch (error) {
    return codeOf(error) === 'ELOOP' ? refuse('it is a link') : Promise.reject(error);
  }
  try {
    const found = await file.stat();
    if (!found.isFile() || found.nlink > 1) refuse('it is no ordinary file');
    await file.truncate(0);
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
