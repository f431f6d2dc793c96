import { statfs } from 'node:fs/promises';
import { RegistryError } from './registry-error.ts';

/** Left free in any case: a disk that is full to the last byte breaks more than the pull. */
const RESERVE = 16 * 1024 * 1024;

/** Fails before anything is fetched when `needed` bytes cannot fit into the file system of `folder`. */
export async function refuseFullDisk(folder: string, needed: number, what: string): Promise<void> {
  if (needed === 0) return;
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  if (free >= needed + RESERVE) return;
  throw new RegistryError(
    'disk-full',
    `${what} needs ${megabytes(needed)}, but only ${megabytes(free)} are free in ${folder}`,
    {
      hint: 'free some, for example with: containerize system prune',
    },
  );
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}
