import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { cgroupPaths } from '../runtime/cgroup/paths.ts';
import { killAll, removeCgroup } from '../runtime/cgroup/processes.ts';
import type { Snapshot } from '../snapshot/snapshotter.ts';
import { attachSocketPath } from './attach-socket.ts';
import { cgroupPathOf } from './bundle.ts';
import { ContainerError } from './container-error.ts';
import { currentState } from './reconcile.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerServices } from './services.ts';
import { killContainer } from './signals.ts';
import { ADDED_CGROUPS } from './update.ts';

export interface RemoveOptions {
  /** Kill it first when it runs. */
  force?: boolean;
  /** Known to have ended, with its root open: nothing is asked again. */
  ended?: { snapshot: Snapshot | undefined };
  /** Volumes that were made for it alone go with it. */
  volumes?: boolean;
}

/** Removes a container with its own layer. */
export async function removeContainer(
  services: ContainerServices,
  record: ContainerRecord,
  options: RemoveOptions = {},
): Promise<void> {
  const { store, snapshots, volumes } = services;
  const state = options.ended === undefined ? await currentState(store, record.id) : undefined;
  if (state?.status === 'running') {
    if (!options.force) {
      throw new ContainerError('wrong-state', `container ${record.name} is running`, {
        hint: `stop it first with containerize stop ${record.name}, or remove it with --force`,
      });
    }
    await killContainer(services, record);
  }
  // whoever should have cleaned up behind it was killed
  if (state?.error !== undefined || existsSync(store.path(record.id, ADDED_CGROUPS)))
    await removeLeftovers(services, record);
  const snapshot = options.ended?.snapshot ?? (await snapshots.open(record.id));
  // the record goes first: whoever comes in between finds no container rather than one without a root
  await store.remove(record);
  if (snapshot !== undefined) await snapshots.remove(snapshot);
  if (options.volumes) {
    for (const mount of record.mounts) if (mount.anonymous) await volumes.remove(mount.name!);
  }
}

/** The cgroup and the socket of a container whose monitor was killed. */
async function removeLeftovers(services: ContainerServices, record: ContainerRecord): Promise<void> {
  const host = await services.runtime.cgroups();
  const paths = cgroupPaths(host, cgroupPathOf(record), () => true);
  await killAll(paths).catch(() => false);
  await removeCgroup(paths).catch(() => {});
  await rm(attachSocketPath(services, record), { force: true });
}
