import { lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { PrivilegeError } from './privilege.ts';

/**
 * Makes a run folder that is the caller's alone. Without XDG_RUNTIME_DIR it lies in /tmp, where another user may have
 * made one of that name before: sockets and generated files must not go into somebody else's folder.
 */
export function ensurePrivateFolder(path: string, uid: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const folder of dirname(path).startsWith('/tmp/') ? [dirname(path), path] : [path]) {
    const found = lstatSync(folder);
    if (found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0) continue;
    throw new PrivilegeError('unsafe-run-folder', `${folder} is not a folder that only you can write to`, {
      hint: 'choose another with --run-root, or set XDG_RUNTIME_DIR',
    });
  }
}
