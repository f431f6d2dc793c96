import { readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../errors.ts';
import { freeze } from './freezer.ts';
import { type CgroupPaths, cgroupFolders } from './paths.ts';

/** Host pids of every process in the container's cgroup and below. */
export async function processesOf(paths: CgroupPaths): Promise<number[]> {
  const folder = anyFolder(paths);
  return folder === undefined ? [] : [...new Set(await processesBelow(folder))];
}

async function processesBelow(folder: string): Promise<number[]> {
  try {
    const [text, entries] = await Promise.all([
      readFile(join(folder, 'cgroup.procs'), 'utf8'),
      readdir(folder, { withFileTypes: true }),
    ]);
    const below = await Promise.all(
      entries.filter((e) => e.isDirectory()).map((e) => processesBelow(join(folder, e.name))),
    );
    return [...text.split('\n').filter(Boolean).map(Number), ...below.flat()];
  } catch (error) {
    // Gone meanwhile, or a threaded cgroup, whose processes are listed above it.
    if (['ENOENT', 'ENODEV', 'EOPNOTSUPP'].includes(codeOf(error) ?? '')) return [];
    throw error;
  }
}

/** A folder that holds all of the container's processes: any does, but some hierarchies may have been left out. */
function anyFolder(paths: CgroupPaths): string | undefined {
  return paths.unified ?? paths.v1.freezer ?? paths.v1.pids ?? paths.v1.devices ?? Object.values(paths.v1)[0];
}

/** Sends `signal` to every process; frozen first, so that none can fork away meanwhile. */
export async function signalAll(paths: CgroupPaths, signal: number): Promise<void> {
  const frozen = await freeze(paths, true).then(
    () => true,
    () => false,
  );
  try {
    for (const pid of await processesOf(paths)) {
      try {
        process.kill(pid, signal);
      } catch (error) {
        if (codeOf(error) !== 'ESRCH') throw error;
      }
    }
  } finally {
    if (frozen) await freeze(paths, false).catch(() => {});
  }
}

/** Kills every process and waits until none is left. False when some did not die in time. */
export async function killAll(paths: CgroupPaths, timeoutMs = 10_000): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
    if ((await processesOf(paths)).length === 0) return true;
    if (performance.now() > deadline) return false;
    const killed = paths.unified !== undefined && (await killFile(paths.unified));
    if (!killed) await signalAll(paths, 9);
    await sleep(pause);
  }
}

/** cgroup.kill (5.14+) reaches everything at once, also what is frozen. */
async function killFile(folder: string): Promise<boolean> {
  return writeFile(join(folder, 'cgroup.kill'), '1', { flag: 'r+' }).then(
    () => true,
    () => false,
  );
}

/** Removes the container's folders and what it made below them. Missing ones do not matter; busy ones are tried again for a while. */
export async function removeCgroup(paths: CgroupPaths, timeoutMs = 3_000): Promise<void> {
  await Promise.all(cgroupFolders(paths).map((folder) => removeFolder(folder, performance.now() + timeoutMs)));
}

async function removeFolder(folder: string, deadline: number): Promise<void> {
  for (let pause = 1; ; pause = Math.min(pause * 2, 100)) {
    try {
      const entries = await readdir(folder, { withFileTypes: true });
      for (const entry of entries) if (entry.isDirectory()) await removeFolder(join(folder, entry.name), deadline);
      await rmdir(folder);
      return;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      // A process that has just ended may still be on its way out.
      if (codeOf(error) !== 'EBUSY' || performance.now() > deadline) throw error;
      await sleep(pause);
    }
  }
}
