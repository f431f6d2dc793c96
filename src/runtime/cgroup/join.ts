import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import { codeOf } from '../../errors.ts';
import { RuntimeError } from '../error.ts';
import type { CgroupHost } from './host.ts';
import { type CgroupPaths, cgroupPaths } from './paths.ts';
import { processesOf } from './processes.ts';

/** Moving is repeated until nothing new turns up: processes fork meanwhile. */
const ROUNDS = 50;

/**
 * Puts all processes of a running container into v1 hierarchies that it was not started in, because nothing of theirs
 * was limited then. Gives the paths with those; whoever asked has to remove the folders.
 */
export async function joinControllers(
  host: CgroupHost,
  paths: CgroupPaths,
  path: string,
  controllers: readonly string[],
): Promise<CgroupPaths> {
  const missing = controllers.filter((name) => host.v1.has(name) && paths.v1[name] === undefined);
  const added = cgroupPaths(host, path, (name) => missing.includes(name), false).v1;
  for (const [name, folder] of Object.entries(added)) {
    await mkdir(folder, { recursive: true }).catch((cause) => {
      if (!['EACCES', 'EPERM', 'EROFS'].includes(codeOf(cause) ?? '')) throw cause;
      throw new RuntimeError('limit-impossible', `the ${name} limit cannot be set: no cgroup here may be written`, {
        cause,
        hint: 'run as root',
      });
    });
    if (name === 'cpuset') await inheritCpuset(folder);
    await moveAll(paths, folder);
  }
  return { ...paths, v1: { ...paths.v1, ...added } };
}

/** A new v1 cpuset is empty, and nothing can run in it. */
async function inheritCpuset(folder: string): Promise<void> {
  for (const file of ['cpuset.cpus', 'cpuset.mems']) {
    const own = (await readFile(join(folder, file), 'utf8')).trim();
    if (own === '') await writeFile(join(folder, file), await readFile(posix.join(folder, '..', file), 'utf8'));
  }
}

async function moveAll(from: CgroupPaths, folder: string): Promise<void> {
  const moved = new Set<number>();
  for (let round = 0; round < ROUNDS; round++) {
    const fresh = (await processesOf(from)).filter((pid) => !moved.has(pid));
    if (fresh.length === 0) return;
    for (const pid of fresh) {
      moved.add(pid);
      await writeFile(join(folder, 'cgroup.procs'), String(pid), { flag: 'r+' }).catch((error) => {
        if (codeOf(error) !== 'ESRCH') throw error;
      });
    }
  }
}
