import type { LoadedImage } from '../content/image.ts';
import type { Fetcher } from '../content/store.ts';
import type { Digest } from '../oci/digest.ts';
import { platformOf } from '../oci/image-config.ts';
import { ownerToken } from '../owner.ts';
import type { Progress } from '../progress.ts';
import type { Snapshot } from '../snapshot/snapshotter.ts';
import { ContainerError } from './container-error.ts';
import { fillVolumes } from './fill-volume.ts';
import { resolveMounts } from './mount-points.ts';
import type { ContainerOptions } from './options.ts';
import type { ContainerRecord, MountPoint } from './record.ts';
import type { ContainerServices } from './services.ts';
import { commandLine, newContainerId } from './spec.ts';
import { checkSysctls } from './sysctl.ts';

/** The image a container is made of: read and checked, its blobs in `content`. */
export interface ContainerBase {
  /** As the user wrote it. */
  name: string;
  loaded: LoadedImage;
  content: Fetcher;
}

/** A container that was made just now, and its own root, opened. */
export interface Created {
  record: ContainerRecord;
  snapshot: Snapshot;
}

/** Makes a container: unpacks what is not unpacked, takes the name, makes volumes. Nothing is left when it fails. */
export async function createContainer(
  services: ContainerServices,
  base: ContainerBase,
  options: ContainerOptions,
  progress?: Progress,
): Promise<Created> {
  checkSysctls(options);
  const { config, layers, configDescriptor, manifestDescriptor } = base.loaded;
  const args = commandLine(config, { entrypoint: entrypointOf(options), command: options.command });
  if (args.length === 0 || args[0] === '') {
    throw new ContainerError('no-command', `the image ${base.name} says no command, and none was given`, {
      hint: `containerize run ${base.name} COMMAND`,
    });
  }
  const inherited = await inheritedMounts(services, options.volumesFrom ?? []);
  const chain = await services.snapshots.unpack(layers, base.content, progress);
  const id = newContainerId();
  const name = await services.store.reserve(id, options.name);
  let snapshot: Snapshot | undefined;
  const madeVolumes: MountPoint[] = [];
  try {
    snapshot = await services.snapshots.prepare(chain, { key: id, volatile: options.autoRemove ?? false });
    const imageVolumes = Object.keys(config.config?.Volumes ?? {});
    const { mounts, toFill } = await resolveMounts(services.volumes, options.mounts ?? [], inherited, imageVolumes);
    madeVolumes.push(...mounts.filter((mount) => mount.anonymous));
    if (toFill.length > 0) await fillVolumes(services, snapshot, toFill);
    const record: ContainerRecord = {
      version: 1,
      id,
      name,
      created: new Date().toISOString(),
      image: {
        name: base.name,
        id: configDescriptor.digest,
        manifest: manifestDescriptor,
        platform: platformOf(config),
        ...(chain === undefined ? {} : { chain: chain as Digest }),
      },
      imageConfig: config.config ?? {},
      options,
      args,
      mounts,
      maker: ownerToken(),
    };
    await services.store.writeRecord(record);
    return { record, snapshot };
  } catch (error) {
    if (snapshot !== undefined) await services.snapshots.remove(snapshot).catch(() => {});
    for (const volume of madeVolumes) await services.volumes.remove(volume.name!).catch(() => false);
    await services.store.remove({ id, name });
    throw error;
  }
}

/** `--entrypoint ''` takes the image's away. */
function entrypointOf(options: ContainerOptions): readonly string[] | undefined {
  const { entrypoint } = options;
  return entrypoint?.length === 1 && entrypoint[0] === '' ? [] : entrypoint;
}

/** `--volumes-from OTHER[:ro]`: binds and volumes of another container, not its tmpfs. */
async function inheritedMounts(services: ContainerServices, others: readonly string[]): Promise<MountPoint[]> {
  const mounts: MountPoint[] = [];
  for (const text of others) {
    const [other = '', mode = 'rw'] = text.split(':');
    if (mode !== 'rw' && mode !== 'ro') {
      throw new ContainerError('invalid-option', `--volumes-from: expected CONTAINER[:ro], found "${text}"`);
    }
    const record = await services.store.readRecord(await services.store.resolve(other));
    for (const { anonymous: _, ...mount } of record?.mounts ?? []) {
      if (mount.type !== 'tmpfs') mounts.push({ ...mount, readOnly: mount.readOnly || mode === 'ro' });
    }
  }
  return mounts;
}
