import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RuntimeError } from '../error.ts';
import type { CgroupPaths } from './paths.ts';

const PATIENCE_MS = 5_000;

/** Stops or continues every process of the container. Thaws again when freezing does not come to an end. */
export async function freeze(paths: CgroupPaths, on: boolean): Promise<void> {
  const change = chooseFreezer(paths);
  if (change === undefined) {
    throw new RuntimeError('unsupported', 'the container cannot be paused: it has no cgroup with a freezer');
  }
  if (!on) return change.write(false);
  const deadline = performance.now() + PATIENCE_MS;
  try {
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      // v1 may stay in FREEZING until it is told again.
      await change.write(true);
      if (await change.isFrozen()) return;
      if (performance.now() > deadline) throw new RuntimeError('cgroup-failed', 'the container did not freeze in time');
      await sleep(pause);
    }
  } catch (error) {
    await change.write(false).catch(() => {});
    throw error;
  }
}

/** True when the container is paused. */
export async function isFrozen(paths: CgroupPaths): Promise<boolean> {
  return (
    (await chooseFreezer(paths)
      ?.isFrozen()
      .catch(() => false)) ?? false
  );
}

interface Freezer {
  write(on: boolean): Promise<void>;
  isFrozen(): Promise<boolean>;
}

function chooseFreezer(paths: CgroupPaths): Freezer | undefined {
  const { unified } = paths;
  if (unified !== undefined) {
    return {
      write: (on) => writeFile(join(unified, 'cgroup.freeze'), on ? '1' : '0', { flag: 'r+' }),
      isFrozen: async () => /^frozen 1$/m.test(await readFile(join(unified, 'cgroup.events'), 'utf8')),
    };
  }
  const folder = paths.v1.freezer;
  if (folder === undefined) return undefined;
  const file = join(folder, 'freezer.state');
  return {
    write: (on) => writeFile(file, on ? 'FROZEN' : 'THAWED', { flag: 'r+' }),
    isFrozen: async () => (await readFile(file, 'utf8')).trim() === 'FROZEN',
  };
}
