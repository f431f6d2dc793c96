import { chmodSync, chownSync, rmSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Slots } from '../content/slots.ts';
import type { Fetcher, Layer } from '../content/store.ts';
import type { LayerLimits, Unpacked } from '../layer/apply.ts';
import { acquireLock, type Lock } from '../locks.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import { chainId } from '../oci/image-config.ts';
import { type Progress, silent } from '../progress.ts';
import type { Helper } from '../runtime/helper.ts';
import type { Chains } from './chains.ts';
import type { Places } from './places.ts';

export interface UnpackTools {
  places: Places;
  chains: Chains;
  helper: Helper;
  rootless: boolean;
  /** Only one id is mapped: owners become ours. */
  ignoreOwner: boolean;
  limits?: Partial<LayerLimits>;
}

/** One layer to unpack. */
interface Job {
  layer: Layer;
  chain: Digest;
  parent: Digest | undefined;
  lock: Lock;
}

/**
 * Unpacks the layers that are missing, several at once; other processes that want the same wait and find it done. Locks
 * are taken from the base up, in the same order by everybody, so nobody waits in a circle.
 */
export async function unpackLayers(
  tools: UnpackTools,
  layers: readonly Layer[],
  content: Fetcher,
  progress: Progress = silent,
  signal?: AbortSignal,
): Promise<Digest | undefined> {
  const ids = chainsOf(layers);
  const top = ids.at(-1);
  if (top === undefined) return undefined;
  await tools.chains.use(top, ids);
  const jobs: Job[] = [];
  try {
    for (const [i, chain] of ids.entries()) {
      if (await tools.chains.trusted(chain)) continue;
      const lock = await acquireLock(tools.places.lock(digestHex(chain)), {
        mode: 'exclusive',
        ephemeral: true,
        ...(signal === undefined ? {} : { signal }),
      });
      jobs.push({ layer: layers[i]!, chain, parent: ids[i - 1], lock });
      if (await tools.chains.trusted(chain)) await jobs.pop()!.lock.release();
    }
    await runJobs(tools, jobs, content, progress, signal);
  } finally {
    await Promise.all(jobs.map((job) => job.lock.release()));
  }
  return top;
}

function chainsOf(layers: readonly Layer[]): Digest[] {
  const ids: Digest[] = [];
  for (const { diffId } of layers) ids.push(chainId(ids.length === 0 ? [diffId] : [ids.at(-1)!, diffId])!);
  return ids;
}

/** Unpacks side by side, publishes from the base up: a chain is there only when all below it is. */
async function runJobs(
  tools: UnpackTools,
  jobs: readonly Job[],
  content: Fetcher,
  progress: Progress,
  signal?: AbortSignal,
): Promise<void> {
  const stop = new AbortController();
  const stopping = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const slots = new Slots(Math.min(4, Math.max(2, availableParallelism())));
  let below: Promise<void> = Promise.resolve();
  const all = jobs.map((job) => {
    const before = below;
    const work = slots.run(() => runJob(tools, job, content, progress, before, stopping));
    below = work;
    return work.catch((error: unknown) => {
      stop.abort(error);
      throw error;
    });
  });
  const results = await Promise.allSettled(all);
  // The first failure has stopped the others.
  if (results.some((result) => result.status === 'rejected')) throw stop.signal.reason;
}

async function runJob(
  tools: UnpackTools,
  job: Job,
  content: Fetcher,
  progress: Progress,
  before: Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  // A failure below is thrown where it is waited for; until then it must not count as unhandled.
  before.catch(() => {});
  signal.throwIfAborted();
  const task = progress.start({ name: `unpacking ${job.layer.descriptor.digest}` });
  const made: { name: string; mark: string }[] = [];
  const unpackInto = async (lowers?: readonly string[]): Promise<{ name: string; unpacked: Unpacked }> => {
    const folder = await tools.places.newLayer();
    made.push(folder);
    // only who unpacks pays for loading decompressors: `run` usually finds everything there
    const { applyLayer } = await import('../layer/apply.ts');
    const unpacked = await applyLayer({
      helper: tools.helper,
      layer: job.layer,
      content,
      mode: 'overlay',
      target: tools.places.layer(folder.name),
      rootless: tools.rootless,
      ignoreOwner: tools.ignoreOwner,
      progress: task,
      signal,
      ...(lowers === undefined ? {} : { lowers: { cwd: tools.places.layers, names: lowers } }),
      ...(tools.limits === undefined ? {} : { limits: tools.limits }),
    });
    return { name: folder.name, unpacked };
  };
  let published: string | undefined;
  try {
    let { name, unpacked } = await unpackInto();
    await before;
    const below = job.parent === undefined ? undefined : await tools.chains.get(job.parent);
    // It made folders that look like nothing below them, which only shows now: once more, with the layers below to look at.
    if (unpacked.madeFolders > 0 && below !== undefined) {
      ({ name, unpacked } = await unpackInto(await tools.chains.names(job.parent)));
    }
    if (!unpacked.rootEntry && below !== undefined) {
      lookLike(tools.places.layer(name), tools.places.layer(below.name));
    }
    await tools.chains.put(job.chain, {
      name,
      diffId: job.layer.diffId,
      bytes: unpacked.bytes,
      ...(job.parent === undefined ? {} : { parent: job.parent }),
    });
    published = name;
    task.done();
  } catch (error) {
    task.fail(error);
    throw error;
  } finally {
    for (const { name, mark } of made) {
      if (name !== published) await tools.places.discard(tools.places.layer(name));
      rmSync(mark, { recursive: true, force: true });
    }
  }
}

/** The root of a layer whose tar does not name it looks like the root below. */
export function lookLike(folder: string, model: string): void {
  const { uid, gid, mode } = statSync(model);
  chownSync(folder, uid, gid);
  chmodSync(folder, mode & 0o7777);
}
