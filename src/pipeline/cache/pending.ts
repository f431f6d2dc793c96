import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, messageOf } from '../../errors.ts';
import { writeFileAtomic } from '../../files.ts';
import { type Descriptor, parseDescriptor } from '../../oci/descriptor.ts';
import { type Digest, digestHex, parseDigest, sha256 } from '../../oci/digest.ts';
import type { Progress } from '../../progress.ts';
import type { CacheSaveReport } from '../../reports.ts';
import type { Engine } from '../wire.ts';
import { ActionsCaches, saveScope } from './actions.ts';
import { type CacheScope, nameOfCache } from './location.ts';

/** What was not saved by then never is: its job was killed, and the machine kept its disk. */
const STALE_MS = 24 * 3600_000;

/** A cache that the end of a job is to save. */
export interface PendingCache {
  location: CacheScope;
  /** In the store, which keeps it while it is pending. */
  bundle: Descriptor;
  resultLayers: readonly Digest[];
  /** Keys of packs that came damaged. */
  damaged: readonly string[];
}

/** What was saved, and what of the scope is in use from now on: the rest may be pruned by who has the token. */
export interface SavedScope {
  report: CacheSaveReport;
  prefix?: string;
  keys?: string[];
}

/** Remembers a cache for {@link savePending}. A later build of the job with the same scope takes its place. */
export async function addPending(engine: Engine, pending: PendingCache): Promise<void> {
  const folder = folderOf(engine);
  await mkdir(folder, { recursive: true });
  const job = jobOf(engine);
  const name = digestHex(sha256(JSON.stringify([job, pending.location.scope]))).slice(0, 32);
  await writeFileAtomic(join(folder, `${name}.json`), JSON.stringify({ job, ...pending }), { fsync: false });
}

/** Saves what builds of this job left to be saved, and forgets it, saved or not. */
export async function savePending(
  engine: Engine,
  { progress, signal, timeoutMs }: { progress: Progress; signal: AbortSignal; timeoutMs: number },
): Promise<SavedScope[]> {
  const deadline = Date.now() + timeoutMs;
  const saved: SavedScope[] = [];
  for (const { file, job, pending } of await readPending(engine)) {
    // Of another repository's job on this machine: not ours to give away.
    if (job !== jobOf(engine)) continue;
    const name = nameOfCache(pending.location);
    const task = progress.start({ name: `saving the cache to ${name}` });
    const began = performance.now();
    const report: CacheSaveReport = { name, outcome: 'failed', blobs: 0, bytes: 0, mounts: 0, milliseconds: 0 };
    const left = Math.max(1, deadline - Date.now());
    try {
      const result = await saveOne(engine, pending, left, signal);
      Object.assign(report, {
        outcome: result.changed ? 'saved' : 'unchanged',
        blobs: result.blobs,
        bytes: result.bytes,
      } satisfies Partial<CacheSaveReport>);
      saved.push({ report, prefix: result.prefix, keys: result.keys });
    } catch (error) {
      report.problem = messageOf(error);
      if (codeOf(error) === 'read-only') report.outcome = 'read-only';
      saved.push({ report });
    }
    report.milliseconds = Math.round(performance.now() - began);
    await rm(file, { force: true });
    task.done();
  }
  return saved;
}

/** What gc must leave. */
export async function* pendingRoots(engine: Engine): AsyncGenerator<Descriptor> {
  for (const { pending } of await readPending(engine)) yield pending.bundle;
}

async function saveOne(
  engine: Engine,
  { location, bundle, resultLayers, damaged }: PendingCache,
  ms: number,
  signal: AbortSignal,
) {
  const [{ LOOK_MS, readEntries }, { scopePrefix }, store] = await Promise.all([
    import('../../cache/actions/entries.ts'),
    import('../../cache/actions/keys.ts'),
    engine.content(),
  ]);
  const caches = new ActionsCaches(engine.settings);
  try {
    const service = await caches.service();
    const before = await readEntries(service, scopePrefix(location.scope), Math.min(ms, LOOK_MS)).catch((error) => {
      if (codeOf(error) === 'not-a-cache') return undefined;
      throw error;
    });
    const from = {
      has: async (blob: Descriptor) => (await store.has(blob)) || ((await before?.has(blob)) ?? false),
      fetch: async (blob: Descriptor) => ((await store.has(blob)) || !before ? store.fetch(blob) : before.fetch(blob)),
      push: store.push.bind(store),
    };
    const limits = { ...location, timeoutMs: Math.min(ms, location.timeoutMs ?? ms) };
    return await saveScope(service, limits, {
      bundle,
      from,
      store,
      resultLayers: new Set(resultLayers),
      damaged: new Set(damaged),
      before,
      signal,
    });
  } finally {
    await caches.close();
  }
}

async function readPending(engine: Engine): Promise<{ file: string; job: unknown; pending: PendingCache }[]> {
  const folder = folderOf(engine);
  const found: { file: string; job: unknown; pending: PendingCache }[] = [];
  for (const name of (await readdir(folder).catch(() => [])).filter((n) => n.endsWith('.json'))) {
    const file = join(folder, name);
    try {
      if (Date.now() - (await stat(file)).mtimeMs > STALE_MS) throw new Error('stale');
      const value = JSON.parse(await readFile(file, 'utf8')) as PendingCache & { job?: unknown };
      const { job, location, resultLayers, damaged } = value;
      if (location.type !== 'gha' || typeof location.scope !== 'string') throw new TypeError('not a pending cache');
      found.push({
        file,
        job,
        pending: {
          location,
          bundle: parseDescriptor(value.bundle, file),
          resultLayers: resultLayers.map((digest) => parseDigest(digest)),
          damaged: damaged.map(String),
        },
      });
    } catch {
      // cut short by a crash, or of a job that was killed: nothing to save
      await rm(file, { force: true });
    }
  }
  return found;
}

/** Names the job that this process works for. */
function jobOf({ settings: { env } }: Engine): string {
  const { GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB, RUNNER_NAME } = env;
  return [GITHUB_REPOSITORY, GITHUB_RUN_ID, GITHUB_RUN_ATTEMPT, GITHUB_JOB, RUNNER_NAME].join(' ');
}

function folderOf(engine: Engine): string {
  return join(engine.settings.root, 'cache', 'pending');
}
