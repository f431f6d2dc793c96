import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { folderSize } from '../../cache/folder-size.ts';
import type { LocalEntry } from '../../cache/local.ts';
import type { MountEntry } from '../../cache/mounts.ts';
import type { Volume } from '../../container/volumes.ts';
import { listImages, type StoredImage } from '../../content/image-list.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Engine } from '../wire.ts';
import { chainsOf, type ImageUser, imageUsers } from './garbage.ts';
import { isUsed } from './remove-image.ts';

export interface DiskUsage {
  images: ImageUsage[];
  containers: ContainerUsage[];
  volumes: VolumeUsage[];
  cache: CacheUsage[];
  /** Bytes of all blobs and unpacked layers that images lead to; what several share counts once. */
  imageBytes: number;
  /** Bytes that would be free without images that no container uses. */
  imageReclaimable: number;
  /** Bytes that only the build cache holds: blobs and unpacked layers of no image, and cache mounts. */
  cacheBytes: number;
}

export interface ImageUsage {
  image: StoredImage;
  containers: number;
  /** Bytes that other images hold as well. */
  shared: number;
}

export interface ContainerUsage {
  user: ImageUser;
  bytes: number;
  image: string;
  created: string;
  command: string;
}

export interface VolumeUsage {
  volume: Volume;
  bytes: number;
  users: number;
}

/** One record or one cache mount. `bytes` of a record: what no image holds. */
export type CacheUsage =
  | { kind: 'record'; entry: LocalEntry; bytes: number; shared: boolean }
  | { kind: 'mount'; entry: MountEntry; bytes: number };

/** What takes space, and what could be freed. */
export async function diskUsage(engine: Engine): Promise<DiskUsage> {
  const [store, refs, users] = await Promise.all([engine.content(), engine.refs(), imageUsers(engine)]);
  const images = await listImages(store, refs);
  const unpacked = await unpackedSizes(engine);
  // A layer without one below it has the same digest as a chain and, uncompressed, as a blob: hence the prefix.
  const holders = new Map<string, { size: number; images: number; used: boolean }>();
  for (const image of images) {
    const used = users.some((user) => isUsed(image, user));
    const chains = chainsOf(image).map((chain) => [`unpacked ${chain}`, unpacked.get(chain) ?? 0] as const);
    for (const [digest, size] of new Map<string, number>([...image.blobs, ...chains])) {
      const holder = holders.get(digest) ?? { size, images: 0, used: false };
      holders.set(digest, { size, images: holder.images + 1, used: holder.used || used });
    }
  }
  const cache = await cacheUsage(engine, new Set(holders.keys()));
  const loose = sum([...unpacked].filter(([chain]) => !holders.has(`unpacked ${chain}`)).map(([, size]) => size));
  return {
    images: images.map((image) => ({
      image,
      containers: users.filter((user) => isUsed(image, user)).length,
      shared: sum([...image.blobs].filter(([digest]) => holders.get(digest)!.images > 1).map(([, size]) => size)),
    })),
    containers: await containerUsage(engine, users),
    volumes: await volumeUsage(engine),
    cache: cache.entries,
    imageBytes: sum([...holders.values()].map((h) => h.size)),
    imageReclaimable: sum([...holders.values()].filter((h) => !h.used).map((h) => h.size)),
    cacheBytes: cache.bytes + loose,
  };
}

async function unpackedSizes(engine: Engine): Promise<ReadonlyMap<Digest, number>> {
  if ((await stat(join(engine.settings.root, 'snapshots')).catch(() => undefined)) === undefined) return new Map();
  return (await engine.snapshots()).sizes();
}

async function cacheUsage(
  engine: Engine,
  imageBlobs: ReadonlySet<string>,
): Promise<{ entries: CacheUsage[]; bytes: number }> {
  const [cache, mounts] = await Promise.all([engine.cache(), engine.cacheMounts()]);
  const entries: CacheUsage[] = [];
  const counted = new Set<Digest>();
  let bytes = 0;
  for await (const entry of cache.entries()) {
    const own = entry.record.layers.filter((layer) => !imageBlobs.has(layer.digest));
    for (const layer of own) {
      if (!counted.has(layer.digest)) bytes += layer.size;
      counted.add(layer.digest);
    }
    entries.push({
      kind: 'record',
      entry,
      bytes: sum(own.map((l) => l.size)),
      shared: own.length < entry.record.layers.length,
    });
  }
  for (const entry of await mounts.list()) {
    entries.push({ kind: 'mount', entry, bytes: entry.bytes });
    bytes += entry.bytes;
  }
  return { entries, bytes };
}

async function containerUsage(engine: Engine, users: readonly ImageUser[]): Promise<ContainerUsage[]> {
  if (users.length === 0) return [];
  const { store, snapshots } = (await engine.containers()).services;
  return Promise.all(
    users.map(async (user) => {
      const record = await store.readRecord(user.container).catch(() => undefined);
      const snapshot = await snapshots.open(user.container).catch(() => undefined);
      const bytes = snapshot?.overlay.upper ? await folderSize(snapshot.overlay.upper) : 0;
      return {
        user,
        bytes,
        image: record?.image.name ?? '',
        created: record?.created ?? '',
        command: record?.args.join(' ') ?? '',
      };
    }),
  );
}

async function volumeUsage(engine: Engine): Promise<VolumeUsage[]> {
  const volumes = await (await engine.volumes()).list();
  if (volumes.length === 0) return [];
  const containers = await engine.containers();
  return Promise.all(
    volumes.map(async (volume) => ({
      volume,
      bytes: await folderSize(volume.path),
      users: (await containers.usersOfVolume(volume.name)).length,
    })),
  );
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
