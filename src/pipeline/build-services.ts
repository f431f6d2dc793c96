import type { BuildResult } from '../build/build.ts';
import type { Download } from '../build/context/download.ts';
import type { BuildServices } from '../build/services.ts';
import type { StepSnapshots } from '../build/vertex.ts';
import { Slots } from '../content/slots.ts';
import { readTextIfThere } from '../files.ts';
import type { CacheReport } from '../reports.ts';
import { BuildCaches } from './cache/build.ts';
import type { CacheOptions } from './cache/context.ts';
import type { CacheLocation } from './cache/location.ts';
import type { Engine } from './wire.ts';

export interface BuildServicesOptions extends CacheOptions {
  /** Steps that execute at once. */
  jobs: number;
  /** Shared with other builds: then these bound the steps of all of them. */
  slots?: Slots;
}

/** What a build works with, and what comes after it. */
export interface OpenedBuild {
  services: BuildServices;
  /** Writes the caches that are to be written, or those of some kinds; without a result what a failed build has got. */
  exports(result: BuildResult | undefined, which?: readonly CacheLocation['type'][]): Promise<void>;
  /** What caches elsewhere gave and took; undefined when there are none. */
  report(): CacheReport | undefined;
  /** Always to be called at the end. */
  close(): Promise<void>;
}

/** The engine's mechanisms as a build wants them, and what exports its cache afterwards. */
export async function buildServices(engine: Engine, options: BuildServicesOptions): Promise<OpenedBuild> {
  const [content, refs, helper, cacheMounts] = await Promise.all([
    engine.content(),
    engine.refs(),
    engine.helper(),
    engine.cacheMounts(),
  ]);
  const { progress, signal, jobs } = options;
  engine.onWarning = (message) => progress.warn(message);
  const caches = await BuildCaches.open(engine, options);
  const { lazy, savedMounts } = caches;
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
      caches: caches.caches,
      ...(lazy === undefined ? {} : { lazy }),
      cacheMounts,
      ...(savedMounts === undefined ? {} : { savedMounts }),
      registry: {
        resolve: async (reference, platform, resolving) =>
          (await engine.imageRegistry(options.registry)).resolve(reference, platform, resolving),
      },
      download: lazyDownload(engine),
      progress: caches.watch(progress),
      signal,
      slots: options.slots ?? new Slots(jobs),
      root: engine.settings.root,
      run: engine.settings.run,
      rootless: engine.settings.rootless,
    },
    exports: (result, which) => caches.save(result, which),
    report: () => caches.report(),
    close: () => caches.close(),
  };
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
