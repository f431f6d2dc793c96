import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContainerStore } from '../../container/container-store.ts';
import type { ContainerRecord } from '../../container/record.ts';
import { collectGarbage, type Garbage, type GarbageOptions, type RootProvider } from '../../content/gc.ts';
import { listImages, type StoredImage } from '../../content/image-list.ts';
import { codeOf } from '../../errors.ts';
import type { Digest } from '../../oci/digest.ts';
import { chainId } from '../../oci/image-config.ts';
import { pendingRoots } from '../cache/pending.ts';
import type { Engine } from '../wire.ts';

/** Everything beside names that keeps blobs: build cache records and containers. */
export async function rootProviders(engine: Engine): Promise<RootProvider[]> {
  const [cache, containers] = await Promise.all([engine.cache(), containerStore(engine)]);
  return [
    () => cache.roots(),
    () => pendingRoots(engine),
    async function* () {
      for (const id of await containers.ids()) {
        const record = await readableRecord(containers, id);
        if (record !== undefined) yield record.image.manifest;
      }
    },
  ];
}

/** Removes blobs, and unpacked layers, that no name, container or record leads to. */
export async function removeGarbage(engine: Engine, options: GarbageOptions = {}): Promise<Garbage> {
  const [store, refs, providers] = await Promise.all([engine.content(), engine.refs(), rootProviders(engine)]);
  return collectGarbage(store, refs, providers, options);
}

/**
 * Removes unpacked layers (of `only`, where given: chain IDs) that belong to no image and no container; they are made
 * again when they are needed. Returns the bytes freed.
 */
export async function removeUnusedSnapshots(engine: Engine, only?: ReadonlySet<Digest>): Promise<number> {
  // Nothing was ever unpacked: the helper is not needed then.
  if ((await stat(join(engine.settings.root, 'snapshots')).catch(() => undefined)) === undefined) return 0;
  const [snapshots, store, refs, containers] = await Promise.all([
    engine.snapshots(),
    engine.content(),
    engine.refs(),
    containerStore(engine),
  ]);
  const keep = new Set<Digest>((await listImages(store, refs)).flatMap(chainsOf));
  for (const id of await containers.ids()) {
    const chain = (await readableRecord(containers, id))?.image.chain;
    if (chain) keep.add(chain);
  }
  return (await snapshots.collect(keep, only)).bytes;
}

/** Identities of an image's unpacked layers, every one of every platform. */
export function chainsOf(image: StoredImage): Digest[] {
  return image.variants.flatMap(({ image: { layers } }) =>
    layers.map((_, i) => chainId(layers.slice(0, i + 1).map((layer) => layer.diffId))!),
  );
}

/** A container as far as its image is concerned. */
export interface ImageUser {
  container: string;
  name: string;
  imageId: Digest;
  manifest: Digest;
  /** Its record says that it runs; a container that a crash ended counts until somebody looks at it. */
  running: boolean;
}

/** Which containers stand on which images. */
export async function imageUsers(engine: Engine): Promise<ImageUser[]> {
  const [store, { currentState }] = await Promise.all([containerStore(engine), import('../../container/reconcile.ts')]);
  const users = await Promise.all(
    (await store.ids()).map(async (id): Promise<ImageUser | undefined> => {
      const record = await readableRecord(store, id);
      if (record === undefined) return undefined;
      const running = (await currentState(store, id)).status === 'running';
      return {
        container: id,
        name: record.name,
        imageId: record.image.id,
        manifest: record.image.manifest.digest,
        running,
      };
    }),
  );
  return users.filter((user) => user !== undefined);
}

/**
 * A container's record. One that is damaged belongs to a container that can only be removed, so it keeps nothing; when
 * a record cannot be read (a disk's failure, missing rights) nobody knows what is in use, and nothing may be taken away.
 */
async function readableRecord(store: ContainerStore, id: string): Promise<ContainerRecord | undefined> {
  try {
    return await store.readRecord(id);
  } catch (error) {
    if (codeOf(error) === 'container-damaged') return undefined;
    throw error;
  }
}

async function containerStore(engine: Engine) {
  const { ContainerStore } = await import('../../container/container-store.ts');
  return new ContainerStore(engine.settings.root, engine.settings.run);
}
