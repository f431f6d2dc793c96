import { chmod, chown, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Fetcher, Layer } from '../content/store.ts';
import { applyLayer } from '../layer/apply.ts';
import { Tree } from '../layer/tree.ts';
import { withLock } from '../locks.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import { chainId } from '../oci/image-config.ts';
import { type Progress, silent } from '../progress.ts';
import { Chains } from './chains.ts';
import { collectChains, sweep } from './collect.ts';
import type { SnapshotterOptions } from './overlay.ts';
import { Places } from './places.ts';
import { infoOf, openPrepared, prepare } from './prepared.ts';
import { SnapshotError } from './snapshot-error.ts';
import type { PrepareOptions, Snapshot, Snapshotter } from './snapshotter.ts';
import { lookLike } from './unpack.ts';

/**
 * Root file systems where overlayfs cannot be used (inside a container whose own root is an overlay, on NFS): each chain
 * is a whole tree, copied from the one below it, by reflink where the file system can. Slow and large, but it works.
 */
export class CopySnapshotter implements Snapshotter {
  readonly #places: Places;
  readonly #chains: Chains;
  readonly #options: SnapshotterOptions;

  constructor(options: SnapshotterOptions) {
    this.#options = options;
    // Trees and layers must not be taken for each other.
    this.#places = new Places(join(options.folder, 'copies'), options.helper);
    this.#chains = new Chains(this.#places);
  }

  async unpack(
    layers: readonly Layer[],
    content: Fetcher,
    progress: Progress = silent,
    signal?: AbortSignal,
  ): Promise<Digest | undefined> {
    let chain: Digest | undefined;
    for (const layer of layers) {
      const parent: Digest | undefined = chain;
      chain = chainId(parent === undefined ? [layer.diffId] : [parent, layer.diffId])!;
      const own: Digest = chain;
      await this.#chains.use(own, parent === undefined ? [own] : [own, parent]);
      if (await this.#chains.trusted(own)) continue;
      await withLock(
        this.#places.lock(digestHex(own)),
        { mode: 'exclusive', ephemeral: true, ...(signal === undefined ? {} : { signal }) },
        async () => {
          if (!(await this.#chains.trusted(own))) await this.#unpackOne(layer, own, parent, content, progress, signal);
        },
      );
    }
    return chain;
  }

  async prepare(parent: Digest | undefined, options: PrepareOptions = {}): Promise<Snapshot> {
    const name = await this.#nameOf(parent);
    return prepare(
      this.#places,
      parent,
      [name],
      { ...options, volatile: false },
      this.#options.rootless ?? false,
      (fs) => this.#copyTree(name, fs),
    );
  }

  /** The tree itself: who gets it must not write. */
  async view(parent: Digest | undefined): Promise<Snapshot> {
    const upper = this.#places.layer(await this.#nameOf(parent));
    return { id: parent ?? 'empty', overlay: { cwd: '/', options: '', upper, work: '', lowers: [], copyOf: upper } };
  }

  open(key: string): Promise<Snapshot | undefined> {
    return openPrepared(this.#places, key, true);
  }

  async commit(snapshot: Snapshot, diffId: Digest, bytes = 0): Promise<Digest> {
    const info = await infoOf(this.#places, snapshot.id);
    if (info === undefined) {
      throw new SnapshotError('snapshot-gone', `there is no prepared root file system ${snapshot.id}`);
    }
    const parent = info.parent;
    const chain = chainId(parent === undefined ? [diffId] : [parent, diffId])!;
    await this.#chains.use(chain, parent === undefined ? [chain] : [chain, parent]);
    if ((await this.#chains.trusted(chain)) === undefined) {
      const { name, mark } = await this.#places.newLayer();
      await rename(join(this.#places.prepared(snapshot.id), 'fs'), this.#places.layer(name));
      await this.#chains.put(chain, { name, diffId, bytes, ...(parent === undefined ? {} : { parent }) });
      await rm(mark, { recursive: true, force: true });
    }
    await this.#places.discard(this.#places.prepared(snapshot.id));
    return chain;
  }

  async remove(snapshot: Snapshot): Promise<void> {
    if (snapshot.overlay.upper !== snapshot.overlay.copyOf) {
      await this.#places.discard(this.#places.prepared(snapshot.id));
    }
  }

  release(parent: Digest): Promise<void> {
    return this.#chains.release(parent);
  }

  collect(keep: ReadonlySet<Digest>, only?: ReadonlySet<Digest>): Promise<{ bytes: number; chains: number }> {
    return collectChains(this.#places, this.#chains, this.#options.helper, keep, only);
  }

  async sizes(): Promise<ReadonlyMap<Digest, number>> {
    return new Map([...(await this.#chains.all())].map(([chain, { bytes }]) => [chain, bytes]));
  }

  async sweep(every = 0): Promise<void> {
    if (this.#places.sweptWithin(every)) return;
    await sweep(this.#places, this.#chains, this.#options.helper);
  }

  async #nameOf(chain: Digest | undefined): Promise<string> {
    if (chain === undefined) return 'e';
    await this.#chains.use(chain);
    const record = await this.#chains.get(chain);
    if (record !== undefined) return record.name;
    throw new SnapshotError('not-unpacked', `the layers of chain ${chain} are not unpacked`);
  }

  async #unpackOne(
    layer: Layer,
    chain: Digest,
    parent: Digest | undefined,
    content: Fetcher,
    progress: Progress,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { helper, limits, rootless = false, ignoreOwner = false } = this.#options;
    const task = progress.start({ name: `unpacking ${layer.descriptor.digest}` });
    const { name, mark } = await this.#places.newLayer();
    const target = this.#places.layer(name);
    try {
      if (parent !== undefined) await this.#copyTree(await this.#nameOf(parent), target);
      const { bytes } = await applyLayer({
        helper,
        layer,
        content,
        mode: 'merge',
        target,
        rootless,
        ignoreOwner,
        progress: task,
        ...(signal === undefined ? {} : { signal }),
        ...(limits === undefined ? {} : { limits }),
      });
      await this.#chains.put(chain, { name, diffId: layer.diffId, bytes, ...(parent === undefined ? {} : { parent }) });
      task.done();
    } catch (error) {
      task.fail(error);
      await this.#places.discard(target);
      throw error;
    } finally {
      await rm(mark, { recursive: true, force: true });
    }
  }

  /** Copies the tree `name` into an empty folder, its root's owner and mode too. */
  async #copyTree(name: string, folder: string): Promise<void> {
    const { helper, rootless = false } = this.#options;
    const from = this.#places.layer(name);
    if (name === 'e') {
      await chown(folder, process.getuid!(), process.getgid!());
      await chmod(folder, 0o755);
      return;
    }
    await new Tree(helper, folder, { sources: { from }, rootless }).copyIn('from', '/', '/', { contents: true });
    lookLike(folder, from);
  }
}
