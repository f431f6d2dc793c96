import { writeFile } from 'node:fs/promises';
import { joinControllers } from '../runtime/cgroup/join.ts';
import { type CgroupPaths, cgroupPathsOf } from '../runtime/cgroup/paths.ts';
import { updateCgroup } from '../runtime/cgroup/update.ts';
import type { Resources } from '../runtime/spec-linux.ts';
import { cgroupPathOf } from './bundle.ts';
import { ContainerError } from './container-error.ts';
import { type Limits, resourcesOf } from './limits.ts';
import { currentState } from './reconcile.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerServices } from './services.ts';

/** A mark in a container's folder: its keeper does not know all of its cgroups, and leaves some behind. */
export const ADDED_CGROUPS = 'cgroups-added';

/**
 * Changes limits: those of the running processes at once, and of every later start. The kernel is asked first: what it
 * refuses is not written down.
 */
export async function updateLimits(
  services: ContainerServices,
  record: ContainerRecord,
  changes: Limits,
  warn: (message: string) => void,
): Promise<ContainerRecord> {
  const before = record.options.limits ?? {};
  const limits = merged(before, changes, record.name);
  const wanted = resourcesOf(limits);
  const state = await currentState(services.store, record.id);
  if (state.status === 'running' && state.process !== undefined) {
    const host = await services.runtime.cgroups();
    const changed = changedParts(resourcesOf(before), wanted);
    const started = await cgroupPathsOf(host, state.process.pid);
    const paths = await joinControllers(host, started, cgroupPathOf(record), controllersOf(changed));
    if (hasMore(paths, started)) await writeFile(services.store.path(record.id, ADDED_CGROUPS), '');
    await updateCgroup(host, paths, changed, warn);
  }
  const updated = { ...record, options: { ...record.options, limits } };
  await services.store.writeRecord(updated);
  return updated;
}

/** The v1 controllers behind parts of a specification's resources. */
function controllersOf({ memory, cpu, pids, blockIO }: Resources): string[] {
  const { cpus, mems, ...time } = cpu ?? {};
  return [
    ...(memory === undefined ? [] : ['memory']),
    ...(Object.keys(time).length === 0 ? [] : ['cpu']),
    ...(cpus === undefined && mems === undefined ? [] : ['cpuset']),
    ...(pids === undefined ? [] : ['pids']),
    ...(blockIO === undefined ? [] : ['blkio']),
  ];
}

const hasMore = (now: CgroupPaths, before: CgroupPaths): boolean =>
  Object.keys(now.v1).length > Object.keys(before.v1).length;

/** `--cpus` and `--cpu-quota` say the same: the later one wins. */
function merged(before: Limits, changes: Limits, name: string): Limits {
  const limits: Limits = { ...before, ...changes };
  if (changes.cpus !== undefined) {
    delete limits.cpuPeriod;
    delete limits.cpuQuota;
  } else if (changes.cpuPeriod !== undefined || changes.cpuQuota !== undefined) delete limits.cpus;
  const { memory, memorySwap } = limits;
  if (changes.memory !== undefined && changes.memorySwap === undefined && memorySwap !== undefined) {
    if (memorySwap > 0 && memorySwap < memory!) {
      throw new ContainerError(
        'invalid-option',
        `container ${name}: memory and swap together are limited to ${memorySwap} bytes, less than the new --memory`,
        { hint: 'give --memory-swap too; -1 is no limit of swap' },
      );
    }
  }
  return limits;
}

/** Only what is not as it was: each write is one more thing that the kernel may refuse. */
function changedParts(before: Resources, wanted: Resources): Resources {
  const changed = Object.entries(wanted).filter(
    ([part, value]) => JSON.stringify(value) !== JSON.stringify(before[part as keyof Resources]),
  );
  return Object.fromEntries(changed);
}
