import { copyGraph } from '../content/copy.ts';
import type { ContentStore } from '../content/store.ts';
import { codeOf } from '../errors.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { familiarReference, type Reference, withDefaultTag } from '../oci/reference.ts';
import type { Progress } from '../progress.ts';
import type { Repository } from '../registry/repository.ts';
import { BundleCache, CacheError, makeBundle, readBundle } from './bundle.ts';
import type { CacheKey, CacheRecord } from './cache.ts';
import type { LazyLayers } from './lazy-layers.ts';
import type { Meter } from './metered.ts';
import type { SavedMount } from './saved-mount.ts';

interface Options {
  progress?: Progress | undefined;
  signal?: AbortSignal | undefined;
}

/**
 * `--cache-from type=registry,ref=NAME`: the records of a bundle, an OCI artifact of ours. Its layers stay in the
 * registry until something needs them.
 */
export async function importRegistry(
  repository: Repository,
  reference: Reference,
  lazy: LazyLayers,
  store: ContentStore,
  options: Options & { meter?: Meter | undefined } = {},
): Promise<BundleCache> {
  const { tag, digest } = withDefaultTag(reference);
  let descriptor: Descriptor;
  try {
    descriptor = await repository.resolve(digest ?? tag!, options);
  } catch (error) {
    if (codeOf(error) !== 'not-found') throw error;
    throw new CacheError('no-such-cache', `${familiarReference(reference)} is not in the registry`, {
      cause: error,
      hint: `write one with --cache-to type=registry,ref=${familiarReference(reference)}`,
    });
  }
  const records = await readBundle({ descriptor, content: repository });
  return new BundleCache(records, repository, store, { ...options, lazy });
}

/**
 * `--cache-to type=registry,ref=NAME`: layers that the repository lacks, then the list of records, then the tag. The tag
 * is not moved when it names this very bundle.
 */
export async function exportRegistry(
  repository: Repository,
  reference: Reference,
  records: ReadonlyMap<CacheKey, CacheRecord>,
  from: ContentStore,
  options: Options & { mounts?: readonly SavedMount[] | undefined } = {},
): Promise<Descriptor> {
  const { tag = 'latest' } = withDefaultTag(reference);
  const bundle = await makeBundle(from, records, options.mounts);
  const there = await repository.resolve(tag, options).catch((error: unknown) => {
    if (codeOf(error) === 'not-found') return undefined;
    throw error;
  });
  if (there?.digest === bundle.digest) return bundle;
  await copyGraph(from, repository, bundle, { ...options, group: `cache export to ${familiarReference(reference)}` });
  const { bytes } = await repository.manifest(bundle.digest, options);
  await repository.pushManifest(bytes, bundle.mediaType, tag, options);
  return bundle;
}
