import { randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ActionsEntries } from '../../../src/cache/actions/entries.ts';
import { type ActionsSaved, exportActions } from '../../../src/cache/actions/export.ts';
import { importActions } from '../../../src/cache/actions/import.ts';
import { type ActionsCacheApi, pruneActions } from '../../../src/cache/actions/prune.ts';
import { CacheServiceWorker } from '../../../src/cache/actions/worker.ts';
import { makeBundle } from '../../../src/cache/bundle.ts';
import type { CacheKey, CacheRecord } from '../../../src/cache/cache.ts';
import { LazyLayers } from '../../../src/cache/lazy-layers.ts';
import { LayoutStore } from '../../../src/content/layout-store.ts';
import { type Digest, sha256 } from '../../../src/oci/digest.ts';
import { MEDIA } from '../../../src/oci/media-type.ts';
import { type CacheScopes, TestCacheService } from '../../helpers/cache-service.ts';
import { scratchFolder } from '../../helpers/scratch.ts';

const scratch = await scratchFolder('cache-entries');
const self = [process.execPath, '--disable-warning=ExperimentalWarning', resolve('src/cli/entry.ts')];
const MAIN: CacheScopes = [['refs/heads/main', 3]];
const PULL: CacheScopes = [
  ['refs/pull/1/merge', 3],
  ['refs/heads/main', 1],
];
let service: TestCacheService;

beforeAll(async () => {
  service = await TestCacheService.start();
});

afterAll(() => service.close());

type Records = Map<CacheKey, CacheRecord>;

/** A machine with a store of its own, in a run with a token for these refs. */
async function machine(scopes: CacheScopes = MAIN) {
  const { PATH = '' } = process.env;
  const store = await LayoutStore.open(join(await mkdtemp(join(scratch, 'machine-')), 'content'));
  const worker = await CacheServiceWorker.start({ self, parent: scratch, env: { PATH, ...service.env(scopes) } });
  const signal = new AbortController().signal;
  return {
    store,
    worker,
    async make(names: readonly string[], size = 1000): Promise<Records> {
      const records: Records = new Map();
      for (const name of names) {
        const layer = await store.put(MEDIA.ociLayerGzip, Buffer.concat([Buffer.from(name), randomBytes(size)]));
        records.set(sha256(name), {
          config: { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [layer.digest] } },
          layers: [layer],
          created: '2026-01-01T00:00:00Z',
          inputs: {},
        });
      }
      return records;
    },
    async save(
      scope: string,
      records: Records,
      result: readonly Digest[] = [],
      before?: ActionsEntries,
    ): Promise<ActionsSaved> {
      const bundle = await makeBundle(store, records);
      return exportActions(worker, {
        scope,
        bundle,
        from: store,
        fileOf: async (blob) => store.blobPath(blob),
        resultLayers: new Set(result),
        before,
        now: new Date(),
        signal,
      });
    },
    async read(scope: string, warnings: string[] = []) {
      const lazy = new LazyLayers(store);
      const progress = { start: () => ({}) as never, warn: (message: string) => warnings.push(message) };
      const found = await importActions(worker, scope, lazy, store, { progress });
      if (found === undefined) throw new Error('there is none yet');
      return { ...found, lazy };
    },
    [Symbol.asyncDispose]: () => worker.close(),
  };
}

const layersOf = (records: Records) => [...records.values()].flatMap((record) => record.layers);
const bodies = (from = 0) => service.requests.slice(from).filter((line) => /^(PUT|GET) \/blobs/.test(line)).length;

describe('a build cache in GitHub’s cache service', () => {
  test('gives records without any layer, and the layers with the entry that holds them', async () => {
    await using first = await machine();
    const records = await first.make(['a', 'b', 'c']);
    const [a, b, c] = layersOf(records);
    const saved = await first.save('app', records, [a!.digest, b!.digest]);
    // an index, a pack for the result, one for other stages
    expect(saved.changed).toBe(true);
    expect(saved.keys.map((key) => key.replace(/[0-9a-f]{10,}/g, '#'))).toEqual([
      'containerize-1-app-#-index-#-#',
      'containerize-1-app-#-pack-#',
      'containerize-1-app-#-pack-#',
    ]);
    await using second = await machine();
    const before = service.requests.length;
    const { cache, lazy } = await second.read('app');
    expect(await cache.get(sha256('a'))).toEqual(records.get(sha256('a')));
    expect(await cache.get(sha256('c'))).toBeDefined();
    expect(await cache.get(sha256('unknown'))).toBeUndefined();
    expect(bodies(before)).toBe(1);
    await cache.get(sha256('b'));
    await lazy.fetch([a!, b!]);
    expect(bodies(before)).toBe(2);
    expect([await second.store.has(a!), await second.store.has(b!), await second.store.has(c!)]).toEqual([
      true,
      true,
      false,
    ]);
  });

  test('takes only what it lacks, and nothing when nothing changed', async () => {
    await using first = await machine();
    const records = await first.make(['a', 'b', 'c']);
    await first.save('grows', records);
    const unchanged = await first.save('grows', records);
    expect(unchanged).toMatchObject({ changed: false, blobs: 0 });
    const more = new Map([...records, ...(await first.make(['d']))]);
    const saved = await first.save('grows', more);
    expect(saved).toMatchObject({ changed: true, blobs: 1 });
    expect(saved.keys).toHaveLength(3);
    // a pack of which little is left is packed anew
    const less = new Map([...more].slice(2));
    const small = await first.save('grows', less);
    expect(small).toMatchObject({ changed: true, blobs: 1 });
    await using second = await machine();
    const { cache, lazy } = await second.read('grows');
    expect(await cache.get(sha256('c'))).toBeDefined();
    await lazy.fetch(layersOf(less));
    expect(await cache.get(sha256('a'))).toBeUndefined();
  });

  test('of the default branch serves a pull request, whose own goes first and is seen by nobody else', async () => {
    await using main = await machine();
    const records = await main.make(['a']);
    await main.save('branches', records);
    await using pull = await machine(PULL);
    expect(await (await pull.read('branches')).cache.get(sha256('a'))).toBeDefined();
    await pull.save('branches', await pull.make(['p']));
    expect(await (await pull.read('branches')).cache.get(sha256('p'))).toBeDefined();
    expect(await (await main.read('branches')).cache.get(sha256('p'))).toBeUndefined();
  });

  test('is not there: said so; scopes of which one begins with the other’s name are apart', async () => {
    await using first = await machine();
    await first.save('ab', await first.make(['a']));
    await expect(first.read('a')).rejects.toThrow('there is none yet');
    await expect(first.read('ab-index')).rejects.toThrow('there is none yet');
  });

  test('that lost or has a damaged entry is a miss, said once', async () => {
    await using first = await machine();
    const records = await first.make(['a', 'b']);
    await first.save('damaged', records, [layersOf(records)[0]!.digest]);
    const packs = service.entries.filter(({ key }) => key.includes('damaged') && key.includes('-pack-'));
    service.entries.splice(service.entries.indexOf(packs[0]!), 1);
    const bytes = packs[1]!.body;
    bytes[bytes.length >> 1]! ^= 0xff;
    const warnings: string[] = [];
    await using second = await machine();
    const { cache, lazy } = await second.read('damaged', warnings);
    const found = [await cache.get(sha256('a')), await cache.get(sha256('b'))].filter((record) => record !== undefined);
    expect(found).toHaveLength(1);
    expect(await cache.get(sha256(found[0] === records.get(sha256('a')) ? 'b' : 'nothing'))).toBeUndefined();
    expect(warnings).toHaveLength(1);
    await expect(lazy.fetch(found[0]!.layers)).rejects.toThrow(/cache: sha256:.* could not be fetched/);
    const index = service.entries.findLast(({ key }) => key.includes('damaged') && key.includes('-index-'))!;
    index.body = Buffer.from('no archive');
    await expect(second.read('damaged')).rejects.toThrow(/tar/);
  });

  test('that came damaged is mended by the next save', async () => {
    await using first = await machine();
    const records = await first.make(['a']);
    const saved = await first.save('mended', records);
    const entryOf = (part: string) =>
      service.entries.findLast(({ key }) => key.includes('mended') && key.includes(part))!;
    entryOf('-pack-').body = Buffer.from('no archive');
    await using second = await machine();
    const { cache, lazy, entries } = await second.read('mended');
    await cache.get(sha256('a'));
    await expect(lazy.fetch(layersOf(records))).rejects.toThrow('could not be fetched');
    // the same layer, made again
    const again = await first.save('mended', records, [], entries);
    expect(again).toMatchObject({ changed: true, blobs: 1 });
    expect(again.keys).not.toEqual(saved.keys);
    await using third = await machine();
    const mended = await third.read('mended');
    await mended.cache.get(sha256('a'));
    await mended.lazy.fetch(layersOf(records));
    expect(await third.store.has(layersOf(records)[0]!)).toBe(true);

    entryOf('-index-').body = Buffer.from('no archive');
    expect(await first.save('mended', records)).toMatchObject({ changed: true });
    expect(await (await third.read('mended')).cache.get(sha256('a'))).toBeDefined();
  });

  test('cannot be written by a pull request from a fork', async () => {
    await using fork = await machine([['refs/heads/main', 1]]);
    await expect(fork.save('fork', await fork.make(['a']))).rejects.toThrow('this run may only read caches');
  });

  test('is pruned of what no run can want any more', async () => {
    await using first = await machine();
    const records = await first.make(['a']);
    await first.save('pruned', records);
    const saved = await first.save('pruned', await first.make(['b']));
    const entries = service.entries.filter(({ key }) => key.startsWith(saved.prefix));
    expect(entries).toHaveLength(4);
    const api: ActionsCacheApi = {
      async list(prefix, ref) {
        const query = new URLSearchParams({ key: prefix, ref });
        const answer = await fetch(`${service.url}/repos/o/r/actions/caches?${query}`);
        const { actions_caches: found } = (await answer.json()) as {
          actions_caches: { id: number; key: string; size_in_bytes: number; last_accessed_at: string }[];
        };
        return found.map((e) => ({
          id: e.id,
          key: e.key,
          bytes: e.size_in_bytes,
          usedAt: Date.parse(e.last_accessed_at),
        }));
      },
      remove: async (id) => {
        await fetch(`${service.url}/repos/o/r/actions/caches/${id}`, { method: 'DELETE' });
      },
    };
    const { prefix, keys } = saved;
    const ref = 'refs/heads/main';
    expect(await pruneActions(api, { prefix, ref: 'refs/heads/other', keys, now: Date.now() })).toEqual([]);
    // the other pack may be wanted by whoever read the older index a moment ago
    expect((await pruneActions(api, { prefix, ref, keys, now: Date.now() })).map((e) => e.key)).toEqual([
      expect.stringContaining('-index-'),
    ]);
    expect((await pruneActions(api, { prefix, ref, keys, now: Date.now() + 25 * 3600_000 })).map((e) => e.key)).toEqual(
      [expect.stringContaining('-pack-')],
    );
    await using second = await machine();
    expect(await (await second.read('pruned')).cache.get(sha256('b'))).toBeDefined();
  });
});
