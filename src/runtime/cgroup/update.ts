import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '../../errors.ts';
import { RuntimeError } from '../error.ts';
import type { Resources } from '../spec-linux.ts';
import type { CgroupHost } from './host.ts';
import { type CgroupPaths, controllerFolder } from './paths.ts';
import { wantedWrites } from './plan.ts';
import type { CgroupWrite, OnWarning } from './writes.ts';

/** Changes a running container's limits. Device rules stay as they are. */
export async function updateCgroup(
  host: CgroupHost,
  paths: CgroupPaths,
  resources: Resources,
  warn: OnWarning,
): Promise<void> {
  const writes = wantedWrites(host, resources, warn).filter((write) => write.controller !== 'devices');
  for (const write of await inOrder(writes, paths)) {
    const folder = controllerFolder(host, paths, write.controller);
    if (folder === undefined) {
      if (write.optional) continue;
      throw new RuntimeError(
        'limit-impossible',
        `${write.file} cannot be changed: the container has no ${write.controller} cgroup`,
      );
    }
    try {
      await writeFile(join(folder, write.file), write.value, { flag: 'r+' });
    } catch (error) {
      if (write.optional && ['ENOENT', 'EACCES', 'EINVAL'].includes(codeOf(error) ?? '')) continue;
      const hint = codeOf(error) === 'EBUSY' ? 'the container already uses more than that' : undefined;
      throw new RuntimeError('cgroup-failed', `write "${write.value}" to ${write.file}: ${messageOf(error)}`, {
        cause: error,
        hint,
      });
    }
  }
}

/**
 * v1 wants memory ≤ memory+swap after each single write: raising both begins with the sum, lowering both with memory.
 * The same with quota ≤ what the parent's period allows: a larger period goes first.
 */
async function inOrder(writes: CgroupWrite[], paths: CgroupPaths): Promise<CgroupWrite[]> {
  const folder = paths.v1.memory;
  const sum = writes.findIndex((write) => write.file === 'memory.memsw.limit_in_bytes');
  const limit = writes.findIndex((write) => write.file === 'memory.limit_in_bytes');
  if (folder === undefined || sum < 0 || limit < 0) return writes;
  const current = Number(await readFile(join(folder, 'memory.memsw.limit_in_bytes'), 'utf8').catch(() => 'NaN'));
  const wanted = Number(writes[limit]!.value);
  if (!(wanted < 0 || wanted > current)) return writes;
  return writes.with(limit, writes[sum]!).with(sum, writes[limit]!);
}
