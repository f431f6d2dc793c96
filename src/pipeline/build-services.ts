import type { BuildResult } from '../build/build.ts';
import type { Download } from '../build/context/download.ts';
import type { BuildServices } from '../build/services.ts';
import type { StepSnapshots } from '../build/vertex.ts';
import type { Cache, CacheKey, CacheRecord } from '../cache/cache.ts';
import type { LazyLayers } from '../cache/lazy-layers.ts';
import type { TrackingCache } from '../cache/tracking.ts';
import { Slots } from '../content/slots.ts';
import type { ContentStore } from '../content/store.ts';
import { messageOf } from '../errors.ts';
import { readTextIfThere } from '../files.ts';
import type { Digest } from '../oci/digest.ts';
import { familiarReference, type Reference } from '../oci/reference.ts';
import type { Progress } from '../progress.ts';
import type { RegistryFlags } from '../registry/open.ts';
import type { Engine } from './wire.ts';

/** Where a build cache is: a folder (`type=local`) or a name in a registry (`type=registry`). */
export type CacheLocation = CacheFolder | CacheReference;

export interface CacheFolder {
  type: 'local';
  folder: string;
  mode: 'min' | 'max';
  tag?: string;
  digest?: Digest;
  ignoreError?: boolean;
}

export interface CacheReference {
  type: 'registry';
  reference: Reference;
  mode: 'min' | 'max';
  ignoreError?: boolean;
}

export interface BuildServicesOptions {
  progress: Progress;
  signal: AbortSignal;
  /** Steps that execute at once. */
  jobs: number;
  /** Shared with other builds: then these bound the steps of all of them. */
  slots?: Slots;
  cacheFrom?: readonly CacheLocation[];
  cacheTo?: readonly CacheLocation[];
  registry?: RegistryFlags;
}

/** The engine's mechanisms as a build wants them, and what exports its cache afterwards. */
export async function buildServices(
  engine: Engine,
  options: BuildServicesOptions,
): Promise<{ services: BuildServices; exports(result: BuildResult): Promise<void> }> {
  const [content, refs, helper, cache, cacheMounts] = await Promise.all([
    engine.content(),
    engine.refs(),
    engine.helper(),
    engine.cache(),
    engine.cacheMounts(),
  ]);
  const { progress, signal, jobs, cacheFrom = [], cacheTo = [] } = options;
  engine.onWarning = (message) => progress.warn(message);
  const caches: Cache[] = [cache];
  let tracking: TrackingCache | undefined;
  if (cacheTo.length > 0) {
    const { TrackingCache } = await import('../cache/tracking.ts');
    tracking = new TrackingCache(cache);
    caches[0] = tracking;
  }
  let lazy: LazyLayers | undefined;
  if (cacheFrom.length > 0) {
    const { LazyLayers } = await import('../cache/lazy-layers.ts');
    lazy = new LazyLayers(content, { progress, signal });
    for (const location of cacheFrom) {
      // A cache that is not there yet is the first build's ordinary case.
      const found = await openCache(engine, location, lazy, options).catch((error: unknown) => {
        signal.throwIfAborted();
        progress.warn(`no cache from ${nameOf(location)}: ${messageOf(error)}`);
        return undefined;
      });
      if (found) caches.push(found);
    }
  }
  return {
    services: {
      content,
      refs,
      snapshots: lazySnapshots(engine),
      helper,
      runtime: {
        run: async (...args) => (await engine.runtime()).run(...args),
        expect: async (spec) => (await engine.runtime()).expect(spec),
      },
      caches,
      ...(lazy === undefined ? {} : { lazy }),
      cacheMounts,
      registry: {
        resolve: async (reference, platform, resolving) =>
          (await engine.imageRegistry(options.registry)).resolve(reference, platform, resolving),
      },
      download: lazyDownload(engine),
      progress,
      signal,
      slots: options.slots ?? new Slots(jobs),
      root: engine.settings.root,
      run: engine.settings.run,
      rootless: engine.settings.rootless,
    },
    async exports(result) {
      if (tracking === undefined) return;
      const layers = result.images.flatMap((image) => image.manifest.layers.map((layer) => layer.digest));
      for (const location of cacheTo) {
        const records = tracking.used(location.mode, layers);
        await exportCache(engine, location, records, lazy?.view() ?? content, options).catch((error: unknown) => {
          if (!location.ignoreError || signal.aborted) throw error;
          progress.warn(`the cache was not written to ${nameOf(location)}: ${messageOf(error)}`);
        });
      }
    },
  };
}

/** The records that are there; of a registry's, layers come when they are needed. */
async function openCache(
  engine: Engine,
  location: CacheLocation,
  lazy: LazyLayers,
  { progress, signal, registry }: BuildServicesOptions,
): Promise<Cache> {
  const content = await engine.content();
  const task = progress.start({ name: `importing cache from ${nameOf(location)}` });
  try {
    if (location.type === 'local') {
      const { importDirectory } = await import('../cache/directory.ts');
      const { folder, tag, digest } = location;
      return await importDirectory(folder, content, { tag, digest, progress, signal });
    }
    const [{ importRegistry }, client] = await Promise.all([
      import('../cache/registry.ts'),
      engine.registry(registry ?? {}),
    ]);
    const { reference } = location;
    return await importRegistry(client.repository(reference), reference, lazy, content, { progress, signal });
  } finally {
    task.done();
  }
}

async function exportCache(
  engine: Engine,
  location: CacheLocation,
  records: ReadonlyMap<CacheKey, CacheRecord>,
  from: ContentStore,
  { progress, signal, registry }: BuildServicesOptions,
): Promise<void> {
  if (location.type === 'local') {
    const { exportDirectory } = await import('../cache/directory.ts');
    await exportDirectory(location.folder, records, from, { tag: location.tag, progress });
    return;
  }
  const [{ exportRegistry }, client] = await Promise.all([
    import('../cache/registry.ts'),
    engine.registry(registry ?? {}),
  ]);
  const { reference } = location;
  await exportRegistry(client.repository(reference), reference, records, from, { progress, signal });
}

function nameOf(location: CacheLocation): string {
  return location.type === 'local' ? location.folder : familiarReference(location.reference);
}

/** Looking for it takes some time as well, and brings finished layers to the disk. */
const SWEEP_MS = 5 * 60_000;

/** An unchanged build unpacks nothing: what unpacks is loaded when something does. */
function lazySnapshots(engine: Engine): StepSnapshots {
  let opened: Promise<StepSnapshots> | undefined;
  const open = () => {
    opened ??= engine.snapshots().then(async (snapshots) => {
      // What a killed build left is in nobody's way, but takes space.
      await snapshots.sweep(SWEEP_MS);
      return snapshots;
    });
    return opened;
  };
  return {
    unpack: async (...args) => (await open()).unpack(...args),
    prepare: async (...args) => (await open()).prepare(...args),
    view: async (...args) => (await open()).view(...args),
    commit: async (...args) => (await open()).commit(...args),
    remove: async (...args) => (await open()).remove(...args),
  };
}

/** Most builds download nothing: the HTTP client is loaded when one does. */
function lazyDownload(engine: Engine): Download {
  let made: Promise<Download> | undefined;
  return async (url, options) => {
    made ??= makeDownload(engine);
    return (await made)(url, options);
  };
}

async function makeDownload({ settings }: Engine): Promise<Download> {
  const [{ Http }, { httpDownload }] = await Promise.all([
    import('../http.ts'),
    import('../build/context/http-download.ts'),
  ]);
  const { http, https, no } = settings.proxies;
  const extraCa = settings.extraCa === undefined ? undefined : await readTextIfThere(settings.extraCa);
  return httpDownload(
    new Http({
      proxy: { ...(http ? { http } : {}), ...(https ? { https } : {}), ...(no ? { no } : {}) },
      ...(extraCa === undefined ? {} : { extraCa: [extraCa] }),
      userAgent: 'containerize',
    }),
  );
}
