import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { copyGraph } from '../content/copy.ts';
import { collectGarbage } from '../content/gc.ts';
import { LayoutStore } from '../content/layout-store.ts';
import { withLease } from '../content/lease.ts';
import { Refs } from '../content/refs.ts';
import type { ContentStore } from '../content/store.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import type { Digest } from '../oci/digest.ts';
import { formatReference, parseReference } from '../oci/reference.ts';
import type { Progress } from '../progress.ts';
import { BundleCache, CacheError, makeBundle, readBundle } from './bundle.ts';
import type { CacheKey, CacheRecord } from './cache.ts';
import type { LazyLayers } from './lazy-layers.ts';
import type { Meter } from './metered.ts';
import type { SavedMount } from './saved-mount.ts';

export interface DirectoryOptions {
  /** Cache mounts that go with the records. */
  mounts?: readonly SavedMount[] | undefined;
  /** Several caches may share a folder, under tags; default `latest`. */
  tag?: string | undefined;
  progress?: Progress | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * `--cache-to type=local,dest=FOLDER`: writes records and their layers as an OCI layout. What an earlier export under
 * this tag left and nobody names any more is removed, so that the folder does not grow for ever.
 */
export async function exportDirectory(
  folder: string,
  records: ReadonlyMap<CacheKey, CacheRecord>,
  store: ContentStore,
  options: DirectoryOptions = {},
): Promise<Descriptor> {
  const target = await LayoutStore.open(folder);
  const refs = new Refs(target);
  const bundle = await withLease(target, async () => {
    const descriptor = await makeBundle(store, records, options.mounts);
    await copyGraph(store, target, descriptor, {
      progress: options.progress,
      signal: options.signal,
      group: `cache export to ${folder}`,
    });
    const name = tagName(options.tag);
    const previous = await refs.get(name);
    await refs.set(name, descriptor);
    if (previous && previous.digest !== descriptor.digest && !(await isNamed(refs, previous.digest)))
      await refs.removeDigest(previous.digest);
    return descriptor;
  });
  await collectGarbage(target, refs, [], { signal: options.signal });
  return bundle;
}

/** `--cache-from type=local,src=FOLDER`: reads what {@link exportDirectory} wrote. `digest` chooses a bundle instead of a tag. */
export async function importDirectory(
  folder: string,
  store: ContentStore,
  options: DirectoryOptions & {
    digest?: Digest | undefined;
    lazy?: LazyLayers | undefined;
    meter?: Meter | undefined;
  } = {},
): Promise<BundleCache> {
  // Opening makes a layout where none is: reading a cache must leave no folder behind.
  const there = await stat(join(folder, 'oci-layout')).catch(() => undefined);
  if (!there)
    throw new CacheError('no-such-cache', `${folder}: there is no build cache (no file oci-layout)`, {
      hint: `write one with --cache-to type=local,dest=${folder}`,
    });
  const source = await LayoutStore.open(folder);
  const refs = new Refs(source);
  const descriptor =
    options.digest === undefined
      ? await refs.get(tagName(options.tag))
      : (await refs.roots()).find((d) => d.digest === options.digest);
  if (descriptor === undefined) {
    throw new CacheError(
      'no-such-cache',
      `${folder}: there is no build cache ${options.digest ?? `with tag ${options.tag ?? 'latest'}`}`,
      {
        hint: `it has: ${(await refs.list()).map(({ name }) => name.slice(name.lastIndexOf(':') + 1)).join(', ') || 'none'}`,
      },
    );
  }
  return new BundleCache(await readBundle({ descriptor, content: source }), source, store, options);
}

function tagName(tag = 'latest'): string {
  return formatReference(parseReference(`cache:${tag}`));
}

async function isNamed(refs: Refs, digest: Digest): Promise<boolean> {
  return (await refs.list()).some((entry) => entry.descriptor.digest === digest);
}
