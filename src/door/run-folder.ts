import { lstatSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { PrivilegeError } from './privilege.ts';

const HINT = 'choose another folder with --run-root or CONTAINERIZE_RUN, or set XDG_RUNTIME_DIR';

/**
 * Makes a run folder that is the caller's alone. Without XDG_RUNTIME_DIR it lies in /tmp, where another user may have
 * made one of that name before: sockets and generated files must not go into somebody else's folder.
 */
export function ensurePrivateFolder(path: string, uid: number): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new PrivilegeError('unsafe-run-folder', `cannot keep the state of running containers in ${path}`, {
      cause: error,
      hint: HINT,
    });
  }
  for (const folder of dirname(path).startsWith('/tmp/') ? [dirname(path), path] : [path]) {
    const found = lstatSync(folder);
    if (found.isDirectory() && found.uid === uid && (found.mode & 0o022) === 0) continue;
    throw new PrivilegeError('unsafe-run-folder', `${folder} is not a folder that only you can write to`, {
      hint: HINT,
    });
  }
}
