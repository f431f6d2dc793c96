import { chown } from 'node:fs/promises';
import { writeFileAtomic } from '../../files.ts';

/** Writes a small file for the user, in the place of an older one, and gives it to him. */
export async function replaceUserFile(path: string, text: string, owner: { uid: number; gid: number }): Promise<void> {
  await writeFileAtomic(path, text, { fsync: false });
  if (process.getuid?.() !== owner.uid) await chown(path, owner.uid, owner.gid);
}
