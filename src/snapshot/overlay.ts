import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Fetcher, Layer } from '../content/store.ts';
import { codeOf } from '../errors.ts';
import type { LayerLimits } from '../layer/apply.ts';
import type { Digest } from '../oci/digest.ts';
import { chainId } from '../oci/image-config.ts';
import type { Progress } from '../progress.ts';
import type { Helper } from '../runtime/helper.ts';
import { Chains } from './chains.ts';
import { collectChains, sweep } from './collect.ts';
import { Places } from './places.ts';
import { infoOf, openPrepared, prepare, viewOf } from './prepared.ts';
import { SnapshotError } from './snapshot-error.ts';
import type { PrepareOptions, Snapshot, Snapshotter } from './snapshotter.ts';
import { unpackLayers } from './unpack.ts';

export interface SnapshotterOptions {
  /** Where everything is kept; made when missing. */
  folder: string;
  helper: Helper;
  /** In a user namespace. */
  rootless?: boolean;
  /** Only one id is mapped: owners become ours. */
  ignoreOwner?: boolean;
  limits?: Partial<LayerLimits>;
}

/** Root file systems by overlayfs: each layer is unpacked once, into a folder of its own. */
export class OverlaySnapshotter implements Snapshotter {
  readonly #places: Places;
  readonly #chains: Chains;
  readonly #options: SnapshotterOptions;

  constructor(options: SnapshotterOptions) {
    this.#options = options;
    this.#places = new Places(options.folder, options.helper);
    this.#chains = new Chains(this.#places);
  }

  get #rootless(): boolean {
    return this.#options.rootless ?? false;
  }

  unpack(
    layers: readonly Layer[],
    content: Fetcher,
    progress?: Progress,
    signal?: AbortSignal,
  ): Promise<Digest | undefined> {
    const { helper, limits, ignoreOwner = false } = this.#options;
    const tools = {
      places: this.#places,
      chains: this.#chains,
      helper,
      rootless: this.#rootless,
      ignoreOwner,
      ...(limits === undefined ? {} : { limits }),
    };
    return unpackLayers(tools, layers, content, progress, signal);
  }

  async prepare(parent: Digest | undefined, options: PrepareOptions = {}): Promise<Snapshot> {
    const names = await this.#namesOf(parent);
    return prepare(this.#places, parent, names, options, this.#rootless);
  }

  async view(parent: Digest | undefined): Promise<Snapshot> {
    const names = await this.#namesOf(parent);
    return { id: parent ?? 'empty', overlay: viewOf(this.#places, names, this.#rootless) };
  }

  open(key: string): Promise<Snapshot | undefined> {
    return openPrepared(this.#places, key);
  }

  async commit(snapshot: Snapshot, diffId: Digest, bytes = 0): Promise<Digest> {
    const info = await infoOf(this.#places, snapshot.id);
    if (info === undefined) {
      throw new SnapshotError('snapshot-gone', `there is no prepared root file system ${snapshot.id}`);
    }
    const chain = chainId(info.parent === undefined ? [diffId] : [info.parent, diffId])!;
    await this.#chains.use(chain, info.parent === undefined ? [chain] : [chain, info.parent]);
    if ((await this.#chains.trusted(chain)) === undefined)
      await this.#publish(snapshot, chain, info.parent, { diffId, bytes });
    await this.#places.discard(this.#places.prepared(snapshot.id));
    return chain;
  }

  async remove(snapshot: Snapshot): Promise<void> {
    // A view has nothing of its own.
    if (snapshot.overlay.upper !== '') await this.#places.discard(this.#places.prepared(snapshot.id));
  }

  /** Lets go of a view's chain before this process ends. */
  async release(parent: Digest): Promise<void> {
    await this.#chains.release(parent);
  }

  /** Removes unpacked layers of chains that are not in `keep`, not below one that is, and not in use (of `only`, where given); and what crashes left. */
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

  async #namesOf(parent: Digest | undefined): Promise<string[]> {
    if (parent === undefined) return [];
    await this.#chains.use(parent);
    return this.#chains.names(parent);
  }

  /** The upper folder becomes the layer's folder as it is: nothing is copied. */
  async #publish(
    snapshot: Snapshot,
    chain: Digest,
    parent: Digest | undefined,
    about: { diffId: Digest; bytes: number },
  ): Promise<void> {
    const { name, mark } = await this.#places.newLayer();
    try {
      renameSync(join(this.#places.prepared(snapshot.id), 'fs'), this.#places.layer(name));
      await this.#chains.put(chain, { name, ...about, ...(parent === undefined ? {} : { parent }) });
    } catch (error) {
      await this.#places.discard(this.#places.layer(name));
      if (codeOf(error) !== 'ENOENT') throw error;
      throw new SnapshotError('snapshot-gone', `there is no prepared root file system ${snapshot.id}`, {
        cause: error,
      });
    } finally {
      rmSync(mark, { recursive: true, force: true });
    }
  }
}
