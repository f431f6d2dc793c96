import { collectGarbage, type Garbage, type GarbageOptions, type RootProvider } from '../content/gc.ts';
import type { Digest } from '../oci/digest.ts';
import type { Engine } from './wire.ts';

/** Everything beside names that keeps blobs: build cache records and containers. */
export async function rootProviders(engine: Engine): Promise<RootProvider[]> {
  const [cache, containers] = await Promise.all([engine.cache(), containerStore(engine)]);
  return [
    () => cache.roots(),
    async function* () {
      for (const id of await containers.ids()) {
        const record = await containers.readRecord(id).catch(() => undefined);
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
  const [store, { currentState }] = await Promise.all([containerStore(engine), import('../container/reconcile.ts')]);
  const users = await Promise.all(
    (await store.ids()).map(async (id): Promise<ImageUser | undefined> => {
      const record = await store.readRecord(id).catch(() => undefined);
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

async function containerStore(engine: Engine) {
  const { ContainerStore } = await import('../container/container-store.ts');
  return new ContainerStore(engine.settings.root, engine.settings.run);
}
