import { execFile } from 'node:child_process';
import { cp, mkdir, symlink } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

const PROJECT = resolve(import.meta.dirname, '../../..');

/** Bundles the Action into `folder` as a user's runner downloads it: action.yml and dist, nothing else beside them. */
export async function bundleAction(folder: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  await cp(join(PROJECT, 'action.yml'), join(folder, 'action.yml'));
  await cp(join(PROJECT, 'package.json'), join(folder, 'package.json'));
  const out = join(folder, 'dist');
  await promisify(execFile)(
    process.execPath,
    [join(PROJECT, 'scripts/build.ts'), '--out', out, '--no-helper', '--no-types'],
    {
      cwd: PROJECT,
    },
  );
  await symlink(join(PROJECT, 'dist/helper'), join(out, 'helper'));
  return folder;
}
