import { folderSize } from '../../cache/folder-size.ts';
import type { LocalEntry } from '../../cache/local.ts';
import { listImages, type StoredImage } from '../../content/image-list.ts';
import { codeOf } from '../../errors.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Engine } from '../wire.ts';
import { chainsOf, imageUsers, removeGarbage, removeUnusedSnapshots } from './garbage.ts';
import { isUsed, shownName } from './remove-image.ts';

/** What a prune took away, in docker's words, and how many bytes that freed. */
export interface Pruned {
  removed: string[];
  bytes: number;
}

export interface PruneFilter {
  /** Only what was made (images, containers) or last used (cache) before this, milliseconds since 1970. */
  before?: number | undefined;
  /** Only what has these labels. */
  labels?: ((labels: Record<string, string> | undefined) => boolean) | undefined;
}

/** Containers that do not run. */
export async function pruneContainers(engine: Engine, filter: PruneFilter = {}): Promise<Pruned> {
  const containers = await engine.containers();
  const pruned: Pruned = { removed: [], bytes: 0 };
  for (const container of await containers.list()) {
    const { record } = container;
    if ((await container.state()).status === 'running' || (await container.mayBeStarting())) continue;
    if (filter.before !== undefined && Date.parse(record.created) >= filter.before) continue;
    if (filter.labels?.({ ...record.imageConfig.Labels, ...record.options.labels }) === false) continue;
    const snapshot = await containers.services.snapshots.open(record.id).catch(() => undefined);
    const bytes = snapshot?.overlay.upper ? await folderSize(snapshot.overlay.upper) : 0;
    try {
      await container.remove({});
    } catch (error) {
      // it was started in the meantime
      if (codeOf(error) === 'wrong-state') continue;
      throw error;
    }
    pruned.removed.push(record.id);
    pruned.bytes += bytes;
  }
  return pruned;
}

/** Images without a name, or with `all` those that no container uses. Blobs that the build cache knows stay. */
export async function pruneImages(engine: Engine, options: PruneFilter & { all: boolean }): Promise<Pruned> {
  const [store, refs, users] = await Promise.all([engine.content(), engine.refs(), imageUsers(engine)]);
  const broken: Digest[] = [];
  const images = await listImages(store, refs, (names, descriptor) => {
    if (names.length === 0) broken.push(descriptor.digest);
  });
  const removed: string[] = [];
  const candidates = images.filter(
    (image) =>
      (options.all || image.names.length === 0) &&
      !users.some((user) => isUsed(image, user)) &&
      (options.before === undefined || (Date.parse(image.config.created ?? '') || 0) < options.before) &&
      (options.labels?.(image.config.config?.Labels) ?? true),
  );
  for (const image of candidates) {
    const names = await refs.removeDigest(image.descriptor.digest);
    removed.push(...names.map((name) => `untagged: ${shownName(name)}`), `deleted: ${image.id}`);
  }
  // What lost its blobs in a crash and has no name is of no use to anybody.
  for (const digest of broken) await refs.removeDigest(digest);
  const { bytes } = await removeGarbage(engine);
  // A build's stages are in no image, but unpacked they make its next run fast: only --all takes them.
  return {
    removed,
    bytes:
      bytes + (await removeUnusedSnapshots(engine, options.all ? undefined : new Set(candidates.flatMap(chainsOf)))),
  };
}

/**
 * The build cache: records that are no part of an image, or with `all` every record and the cache mounts too. `maxBytes`
 * keeps what was used last.
 */
export async function pruneBuildCache(
  engine: Engine,
  options: { all: boolean; before?: number | undefined; maxBytes?: number | undefined },
): Promise<Pruned> {
  const [cache, mounts, store, refs] = await Promise.all([
    engine.cache(),
    engine.cacheMounts(),
    engine.content(),
    engine.refs(),
  ]);
  const imageBlobs = new Set((await listImages(store, refs)).flatMap((image: StoredImage) => [...image.blobs.keys()]));
  const only = options.all
    ? undefined
    : ({ record }: LocalEntry) =>
        record.layers.some((layer) => !imageBlobs.has(layer.digest)) || record.layers.length === 0;
  const records = await cache.prune({ unusedSince: options.before, maxBytes: options.maxBytes, only });
  const folders = options.all ? await mounts.prune({ unusedSince: options.before, maxBytes: options.maxBytes }) : [];
  const { bytes } = await removeGarbage(engine);
  return {
    removed: [...records.map(({ key }) => key.slice(7, 32)), ...folders.map(({ id }) => id)],
    bytes: bytes + folders.reduce((sum, folder) => sum + folder.bytes, 0),
  };
}

/** Volumes that no container uses: those without a name of the user's, or with `all` every one. */
export async function pruneVolumes(
  engine: Engine,
  options: Pick<PruneFilter, 'labels'> & { all: boolean },
): Promise<Pruned> {
  const [volumes, containers] = await Promise.all([engine.volumes(), engine.containers()]);
  const pruned: Pruned = { removed: [], bytes: 0 };
  for (const volume of await volumes.list()) {
    if (!options.all && !volume.anonymous) continue;
    if (options.labels?.(volume.labels) === false) continue;
    if ((await containers.usersOfVolume(volume.name)).length > 0) continue;
    const bytes = await folderSize(volume.path);
    if (await volumes.remove(volume.name)) {
      pruned.removed.push(volume.name);
      pruned.bytes += bytes;
    }
  }
  return pruned;
}
