import type { Engine } from '../../pipeline/wire.ts';

/** Takes away what a killed job left: mounts and folders of builds, containers that were to go when they end. */
export async function sweepLeftovers(engine: Engine): Promise<void> {
  const snapshots = await engine.snapshots();
  await snapshots.sweep();
  const containers = await engine.containers();
  for (const container of await containers.list()) {
    if (!container.record.options.autoRemove) continue;
    if ((await container.state()).status !== 'running') await container.remove({ volumes: true });
  }
}
