import type { Descriptor } from '../oci/descriptor.ts';
import type { Progress } from '../progress.ts';
import { Container } from './container.ts';
import { ContainerError } from './container-error.ts';
import { type ContainerBase, createContainer } from './create.ts';
import type { ContainerOptions } from './options.ts';
import { currentState } from './reconcile.ts';
import { removeContainer } from './remove.ts';
import { hasRemover } from './remover.ts';
import type { ContainerServices } from './services.ts';

/** All containers of one root folder. */
export class Containers {
  readonly services: ContainerServices;

  constructor(services: ContainerServices) {
    this.services = services;
  }

  /** Makes a container and leaves it waiting to be started. */
  async create(base: ContainerBase, options: ContainerOptions, progress?: Progress): Promise<Container> {
    const { record, snapshot } = await createContainer(this.services, base, options, progress);
    return new Container(this.services, record, snapshot);
  }

  /** By name, ID, or the beginning of an ID. */
  async get(nameOrId: string): Promise<Container> {
    const { store } = this.services;
    const record = await store.readRecord(await store.resolve(nameOrId));
    if (record !== undefined) return new Container(this.services, record);
    throw new ContainerError('no-such-container', `no such container: ${nameOrId.slice(0, 200)}`);
  }

  /** Newest first. Containers of `--rm` that ended without anybody to remove them are removed on the way. */
  async list(): Promise<Container[]> {
    const { store } = this.services;
    const ids = await store.ids();
    const records = await Promise.all(ids.map((id) => store.readRecord(id).catch(() => undefined)));
    const found = records.filter((record) => record !== undefined);
    if (found.length < ids.length) await store.sweep();
    const kept = await Promise.all(
      found.map(async (record) => {
        if (!record.options.autoRemove) return record;
        const state = await currentState(store, record.id);
        if (state.status !== 'exited' || (await hasRemover(store, record.id))) return record;
        await removeContainer(this.services, record, { volumes: true }).catch(() => {});
        return undefined;
      }),
    );
    return kept
      .filter((record) => record !== undefined)
      .sort((a, b) => (a.created < b.created ? 1 : -1))
      .map((record) => new Container(this.services, record));
  }

  /** What images containers stand on: garbage collection keeps these. */
  async *roots(): AsyncGenerator<Descriptor, void, undefined> {
    for (const id of await this.services.store.ids()) {
      const record = await this.services.store.readRecord(id).catch(() => undefined);
      if (record !== undefined) yield record.image.manifest;
    }
  }

  /** Names of all volumes that containers use, running or not. */
  async usedVolumes(): Promise<Set<string>> {
    const all = await this.list();
    return new Set(all.flatMap((c) => c.record.mounts.flatMap((mount) => mount.name ?? [])));
  }

  /** Containers that use a volume, running or not. */
  async usersOfVolume(name: string): Promise<string[]> {
    const all = await this.list();
    return all.filter((c) => c.record.mounts.some((mount) => mount.name === name)).map((c) => c.record.name);
  }
}
