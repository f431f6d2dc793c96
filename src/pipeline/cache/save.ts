import { makeBundle } from '../../cache/bundle.ts';
import type { CacheKey, CacheRecord } from '../../cache/cache.ts';
import { Meter } from '../../cache/metered.ts';
import { MOUNT_BUDGET } from '../../cache/saved-mounts.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { CacheSaveReport } from '../../reports.ts';
import { saveScope } from './actions.ts';
import type { CacheContext } from './context.ts';
import type { CacheLocation, CacheScope } from './location.ts';
import { addPending } from './pending.ts';

type Saved = Pick<CacheSaveReport, 'outcome' | 'blobs' | 'bytes' | 'mounts'>;

/** Writes records, their layers and cache mounts to one place. */
export async function saveCache(
  caches: CacheContext,
  location: CacheLocation,
  records: ReadonlyMap<CacheKey, CacheRecord>,
  resultLayers: ReadonlySet<Digest>,
): Promise<Saved> {
  const { engine, options, lazy } = caches;
  const { progress, signal } = options;
  const mounts = await caches.savedMounts.collect(location.mountBudget ?? MOUNT_BUDGET, signal);
  const meter = new Meter();
  const from = meter.store(lazy.view());
  const saved = (): Saved => ({
    outcome: meter.blobs > 0 ? 'saved' : 'unchanged',
    blobs: meter.blobs,
    bytes: meter.bytes,
    mounts: mounts.length,
  });
  switch (location.type) {
    case 'local': {
      const { exportDirectory } = await import('../../cache/directory.ts');
      await exportDirectory(location.folder, records, from, { tag: location.tag, mounts, progress });
      return saved();
    }
    case 'registry': {
      const [{ exportRegistry }, client] = await Promise.all([
        import('../../cache/registry.ts'),
        engine.registry(options.registry ?? {}),
      ]);
      const { reference } = location;
      await exportRegistry(client.repository(reference), reference, records, from, { mounts, progress, signal });
      return saved();
    }
    case 'gha': {
      const bundle = await makeBundle(lazy.view(), records, mounts);
      return { ...(await saveActions(caches, location, bundle, resultLayers)), mounts: mounts.length };
    }
  }
}

async function saveActions(
  caches: CacheContext,
  location: CacheScope,
  bundle: Descriptor,
  resultLayers: ReadonlySet<Digest>,
): Promise<Omit<Saved, 'mounts'>> {
  const { engine, options, actions, opened, lazy } = caches;
  const store = await engine.content();
  const before = opened.find((o) => o.location.type === 'gha' && o.location.scope === location.scope)?.entries;
  if (options.later) {
    await bringOthers(caches, location, bundle);
    const damaged = [...(before?.damaged ?? [])];
    await addPending(engine, { location, bundle, resultLayers: [...resultLayers], damaged });
    return { outcome: 'later', blobs: 0, bytes: 0 };
  }
  const task = options.progress.start({ name: `saving the cache to gha scope ${location.scope}` });
  try {
    const { changed, blobs, bytes } = await saveScope(await actions.service(), location, {
      bundle,
      from: lazy.view(),
      store,
      resultLayers,
      before,
      signal: options.signal,
    });
    return { outcome: changed ? 'saved' : 'unchanged', blobs, bytes };
  } finally {
    task.done();
  }
}

/** At the end of the job other caches are closed: what only they have comes along now. */
async function bringOthers(
  { engine, opened, lazy }: CacheContext,
  location: CacheScope,
  bundle: Descriptor,
): Promise<void> {
  const [{ readBlob }, { parseManifest, isIndex }, store] = await Promise.all([
    import('../../content/read-blob.ts'),
    import('../../oci/manifest.ts'),
    engine.content(),
  ]);
  const manifest = parseManifest(await readBlob(store, bundle), bundle.mediaType, 'cache');
  if (isIndex(manifest)) return;
  const own = opened.find((o) => o.location.type === 'gha' && o.location.scope === location.scope);
  await lazy.fetch(manifest.layers.filter(({ digest }) => lazy.sourceOf(digest) !== own?.cache.source));
}
