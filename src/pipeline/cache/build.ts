import type { BuildResult } from '../../build/build.ts';
import type { Cache, CacheKey, CacheRecord } from '../../cache/cache.ts';
import type { LazyLayers } from '../../cache/lazy-layers.ts';
import type { SavedMounts } from '../../cache/saved-mounts.ts';
import type { TrackingCache } from '../../cache/tracking.ts';
import { codeOf, messageOf } from '../../errors.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Progress } from '../../progress.ts';
import type { CacheReport, CacheSourceReport } from '../../reports.ts';
import type { Engine } from '../wire.ts';
import { ActionsCaches } from './actions.ts';
import type { CacheContext, CacheOptions } from './context.ts';
import { type CacheLocation, nameOfCache } from './location.ts';
import { openCache } from './open.ts';
import { saveCache } from './save.ts';

const ALL: readonly CacheLocation['type'][] = ['local', 'registry', 'gha'];
/** Above it a cache takes over no more records that this build had no use for. */
const MOST_RECORDS = 5000;

/** The caches of one build: the local one, those that it reads, and those that it writes when it is done. */
export class BuildCaches {
  /** The local cache, then those that are only read. */
  readonly caches: Cache[];
  readonly #engine: Engine;
  readonly #options: CacheOptions;
  readonly #report: CacheReport = { sources: [], mounts: [], saves: [], misses: [] };
  #context: CacheContext | undefined;
  #tracking: TrackingCache | undefined;

  private constructor(engine: Engine, local: Cache, options: CacheOptions) {
    this.#engine = engine;
    this.#options = options;
    this.caches = [local];
  }

  /** Layers that caches elsewhere have. */
  get lazy(): LazyLayers | undefined {
    return this.#context?.lazy;
  }

  /** Cache mounts that they have. */
  get savedMounts(): SavedMounts | undefined {
    return this.#context?.savedMounts;
  }

  static async open(engine: Engine, options: CacheOptions): Promise<BuildCaches> {
    const caches = new BuildCaches(engine, await engine.cache(), options);
    const { cacheFrom = [], cacheTo = [] } = options;
    if (cacheFrom.length + cacheTo.length > 0) await caches.#prepare(cacheFrom, cacheTo);
    return caches;
  }

  /** Writes the caches that are to be written. Those of GitHub's service never fail a build; others unless they were told to. */
  async save(result: BuildResult | undefined, which: readonly CacheLocation['type'][] = ALL): Promise<void> {
    const { cacheTo = [], signal, progress } = this.#options;
    if (this.#tracking === undefined || this.#context === undefined) return;
    const layers = new Set(
      (result?.images ?? []).flatMap(({ manifest }) => manifest.layers.map((layer) => layer.digest)),
    );
    for (const location of cacheTo) {
      // A build that failed keeps what it has got, beside what was there before.
      if (!which.includes(location.type) || (result === undefined && location.mode === 'min')) continue;
      const began = performance.now();
      const name = nameOfCache(location);
      const spent = (): number => Math.round(performance.now() - began);
      try {
        const saved = await saveCache(
          this.#context,
          location,
          this.#records(location, layers, result === undefined),
          layers,
        );
        this.#report.saves.push({ name, ...saved, milliseconds: spent() });
      } catch (error) {
        signal.throwIfAborted();
        if (!location.ignoreError && location.type !== 'gha') throw error;
        const problem = messageOf(error);
        const outcome = codeOf(error) === 'read-only' ? 'read-only' : 'failed';
        this.#report.saves.push({ name, outcome, blobs: 0, bytes: 0, mounts: 0, milliseconds: spent(), problem });
        if (outcome === 'failed' && !this.#isQuiet(error))
          progress.warn(`the cache was not written to ${name}: ${problem}`);
      }
    }
  }

  /** Undefined when no other caches than the local one were asked for. */
  report(): CacheReport | undefined {
    if (this.#context === undefined) return undefined;
    for (const { report, cache, meter } of this.#context.opened)
      Object.assign(report, { hits: cache.hits.size, blobs: meter.blobs, bytes: meter.bytes });
    return { ...this.#report, mounts: [...this.#context.savedMounts.restored] };
  }

  /** Hears why steps were not cached. */
  watch(progress: Progress): Progress {
    const { misses } = this.#report;
    return {
      warn: (message) => progress.warn(message),
      start: (info) => {
        const task = progress.start(info);
        const reasons: string[] = [];
        return {
          output: (stream, chunk) => task.output(stream, chunk),
          progress: (...args) => task.progress(...args),
          note: (message) => {
            const [, reason] = /^not cached: (.*)$/s.exec(message) ?? [];
            if (reason !== undefined && reasons.push(reason) === 1) misses.push({ step: info.name, reasons });
            task.note(message);
          },
          done: (result) => task.done(result),
          fail: (error) => task.fail(error),
        };
      },
    };
  }

  async close(): Promise<void> {
    await this.#context?.actions.close();
  }

  async #prepare(cacheFrom: readonly CacheLocation[], cacheTo: readonly CacheLocation[]): Promise<void> {
    const engine = this.#engine;
    const { progress, signal } = this.#options;
    const [{ LazyLayers }, { SavedMounts }, { TrackingCache }, store, mounts, helper] = await Promise.all([
      import('../../cache/lazy-layers.ts'),
      import('../../cache/saved-mounts.ts'),
      import('../../cache/tracking.ts'),
      engine.content(),
      engine.cacheMounts(),
      engine.helper(),
    ]);
    const lazy = new LazyLayers(store, { progress, signal });
    const { rootless } = engine.settings;
    const context: CacheContext = {
      engine,
      options: this.#options,
      actions: new ActionsCaches(engine.settings),
      lazy,
      savedMounts: new SavedMounts({ mounts, store, helper, rootless, progress, lazy }),
      opened: [],
    };
    this.#context = context;
    if (cacheTo.length > 0) {
      this.#tracking = new TrackingCache(this.caches[0]!);
      this.caches[0] = this.#tracking;
    }
    for (const location of cacheFrom) await this.#open(location, context);
  }

  /** A cache that is not there yet is the first build's ordinary case. */
  async #open(location: CacheLocation, context: CacheContext): Promise<void> {
    const { progress, signal } = this.#options;
    const name = nameOfCache(location);
    const began = performance.now();
    const report: CacheSourceReport = { name, records: 0, hits: 0, blobs: 0, bytes: 0, milliseconds: 0 };
    this.#report.sources.push(report);
    const task = progress.start({ name: `importing cache from ${name}` });
    try {
      const opened = await openCache(context, location);
      report.milliseconds = Math.round(performance.now() - began);
      if (opened === undefined) {
        report.problem = 'there is none yet that this run may read';
        task.note(report.problem);
        return;
      }
      report.records = opened.cache.size;
      task.note(`${opened.cache.size} records, ${opened.cache.mounts.size} cache mounts`);
      context.opened.push({ location, report, ...opened });
      this.caches.push(opened.cache);
      context.savedMounts.addSource(name, opened.cache);
    } catch (error) {
      signal.throwIfAborted();
      report.milliseconds = Math.round(performance.now() - began);
      report.problem = messageOf(error);
      if (this.#isQuiet(error)) task.note(report.problem);
      else progress.warn(`no cache from ${name}: ${messageOf(error)}`);
    } finally {
      task.done();
    }
  }

  /** What this build used, and what it need not lose of what was there. */
  #records(location: CacheLocation, layers: ReadonlySet<Digest>, failed: boolean): Map<CacheKey, CacheRecord> {
    const records = this.#tracking!.used(location.mode, layers);
    const same = this.#context!.opened.find((opened) => nameOfCache(opened.location) === nameOfCache(location));
    const kept = new Set([...records.values()].flatMap((record) => record.layers.map(({ digest }) => digest)));
    for (const [key, record] of same?.cache.beside(failed ? undefined : kept) ?? []) {
      if (records.size >= MOST_RECORDS) break;
      if (!records.has(key)) records.set(key, record);
    }
    return records;
  }

  /** The same pipeline runs on a laptop, where there is no service of GitHub's: nothing to warn of. */
  #isQuiet(error: unknown): boolean {
    return codeOf(error) === 'no-service' && !this.#engine.settings.inActions;
  }
}
