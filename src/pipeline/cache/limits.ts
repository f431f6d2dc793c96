import { mkdir, stat, statfs, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { LocalEntry } from '../../cache/local.ts';
import type { MountEntry } from '../../cache/mounts.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Engine } from '../wire.ts';

const GIB = 1024 ** 3;
const DAY_MS = 24 * 3600_000;
/** Nobody uses it any more, as BuildKit says too. */
const UNUSED_MS = 60 * DAY_MS;
/** Cache mounts can be filled again from where their files came: beyond a size they go when they rest. */
const MOUNT_REST_MS = 2 * DAY_MS;
const MOUNT_BYTES = GIB / 2;
/** Looking costs some time, and little changes meanwhile. */
const EVERY_MS = 3600_000;

/** Most that the build cache may take when nobody says: a tenth of the disk, at least 10 GiB. */
export async function defaultCacheLimit(folder: string): Promise<number> {
  const { blocks, bsize } = await statfs(folder);
  return Math.max(10 * GIB, Math.floor((blocks * bsize) / 10));
}

export interface CacheLimitOptions {
  /** Bytes; absent: {@link defaultCacheLimit}. */
  maxBytes?: number | undefined;
  /** Not again within so many milliseconds; default an hour. */
  every?: number;
  /** Milliseconds since 1970, for tests. */
  now?: number;
}

/**
 * Keeps the build cache from growing for ever, after a build: what was not used for 60 days goes, cache mounts beyond
 * 512 MiB after two days, and above the limit the unpacked layers of no image, then whatever was used least recently.
 * What images, containers and running builds use is never touched. Returns the bytes freed.
 */
export async function keepCacheWithinLimit(engine: Engine, options: CacheLimitOptions = {}): Promise<number> {
  const now = options.now ?? Date.now();
  if (!(await isDue(join(engine.settings.root, 'cache', 'limit.checked'), now, options.every ?? EVERY_MS))) return 0;
  const [{ listImages }, { removeGarbage, removeUnusedSnapshots }] = await Promise.all([
    import('../../content/image-list.ts'),
    import('../store/garbage.ts'),
  ]);
  const limit = options.maxBytes ?? (await defaultCacheLimit(engine.settings.root));
  const [cache, mounts, store, refs] = await Promise.all([
    engine.cache(),
    engine.cacheMounts(),
    engine.content(),
    engine.refs(),
  ]);
  const held = new Set((await listImages(store, refs, () => {})).flatMap((image) => [...image.blobs.keys()]));
  const items: Item[] = [];
  for await (const entry of cache.entries()) items.push({ usedAt: entry.usedAt, record: entry });
  for (const mount of await mounts.list()) items.push({ usedAt: mount.usedAt, mount });
  items.sort((a, b) => b.usedAt - a.usedAt);
  const total = judge(items, held, now, Number.POSITIVE_INFINITY).bytes;
  let freed = 0;
  if (total > limit * 0.8) freed += await removeUnusedSnapshots(engine);
  const { going } = judge(items, held, now, limit);
  for (const { record, mount } of going) {
    if (record) await cache.remove(record.key);
    else if (mount && (await mounts.removeUnused(mount))) freed += mount.bytes;
  }
  if (going.some(({ record }) => record)) freed += (await removeGarbage(engine)).bytes;
  return freed;
}

interface Item {
  usedAt: number;
  record?: LocalEntry;
  mount?: MountEntry;
}

/** What goes, least recently used last in `items`; `bytes`: what all that stays takes. */
function judge(
  items: readonly Item[],
  held: ReadonlySet<Digest>,
  now: number,
  limit: number,
): { going: Item[]; bytes: number } {
  const counted = new Set(held);
  const going: Item[] = [];
  let bytes = 0;
  let mountBytes = 0;
  for (const item of items) {
    const fresh = item.record?.record.layers.filter((layer) => !counted.has(layer.digest)) ?? [];
    const cost = item.mount?.bytes ?? fresh.reduce((sum, layer) => sum + layer.size, 0);
    const age = now - item.usedAt;
    const resting = item.mount !== undefined && age > MOUNT_REST_MS && mountBytes + cost > MOUNT_BYTES;
    // A record that takes nothing is not worth a miss.
    if (!item.mount?.inUse && (age > UNUSED_MS || resting || (cost > 0 && bytes + cost > limit))) {
      going.push(item);
      continue;
    }
    for (const layer of fresh) counted.add(layer.digest);
    bytes += cost;
    if (item.mount) mountBytes += cost;
  }
  return { going, bytes };
}

/** True when nobody looked within `every`; says that we do. */
async function isDue(path: string, now: number, every: number): Promise<boolean> {
  const checked = (await stat(path).catch(() => undefined))?.mtimeMs;
  if (checked !== undefined && now - checked < every && checked <= now) return false;
  const time = new Date(now);
  await mkdir(dirname(path), { recursive: true });
  if (checked === undefined) await writeFile(path, '');
  await utimes(path, time, time);
  return checked !== undefined || every === 0;
}
