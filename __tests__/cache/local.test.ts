import { readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { CacheRecord } from '../../src/cache/cache.ts';
import { LocalCache } from '../../src/cache/local.ts';
import { TrackingCache } from '../../src/cache/tracking.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { type Digest, digestHex, sha256 } from '../../src/oci/digest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('cache');
let next = 0;
const open = () => new LocalCache(join(folder, `cache-${next++}`));

function record(...layers: [string, number][]): CacheRecord {
  return {
    config: {
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: layers.map(([name]) => sha256(`diff ${name}`)) },
    },
    layers: layers.map(([name, size]): Descriptor => ({ mediaType: MEDIA.ociLayerGzip, digest: sha256(name), size })),
    created: '2024-01-01T00:00:00Z',
    inputs: { command: 'make' },
  };
}

const path = (cache: LocalCache, key: Digest) =>
  join(cache.folder, digestHex(key).slice(0, 2), `${digestHex(key)}.json`);
const age = (cache: LocalCache, key: Digest, seconds: number) =>
  utimes(path(cache, key), Date.now() / 1000 - seconds, Date.now() / 1000 - seconds);

describe('the build cache on disk', () => {
  test('gives back what was put, to other processes too', async () => {
    const cache = open();
    expect(await cache.get(sha256('a'))).toBeUndefined();
    await cache.put(sha256('a'), record(['x', 10]));
    expect(await new LocalCache(cache.folder).get(sha256('a'))).toEqual(record(['x', 10]));
    await cache.put(sha256('a'), record(['y', 10]));
    expect(await cache.get(sha256('a'))).toEqual(record(['y', 10]));
  });

  test.each(['', '{', '[]', '{"key":"other"}', '{"layers":1}'])(
    'takes a record that reads %j for none, and removes it',
    async (text) => {
      const cache = open();
      await cache.put(sha256('a'), record());
      await writeFile(path(cache, sha256('a')), text);
      expect(await cache.get(sha256('a'))).toBeUndefined();
      expect(await readdir(join(path(cache, sha256('a')), '..'))).toEqual([]);
    },
  );

  test('does not believe a record that lies under another key', async () => {
    const cache = open();
    await cache.put(sha256('a'), record());
    await cache.put(sha256('b'), record());
    const { rename } = await import('node:fs/promises');
    await rename(path(cache, sha256('a')), path(cache, sha256('b')));
    expect(await cache.get(sha256('b'))).toBeUndefined();
  });

  test('names what gc must leave', async () => {
    const cache = open();
    await cache.put(sha256('a'), record(['x', 1], ['y', 2]));
    const roots: string[] = [];
    for await (const root of cache.roots()) roots.push(root.digest);
    expect(roots).toEqual([sha256('x'), sha256('y')]);
  });

  test('prunes what was not used since', async () => {
    const cache = open();
    for (const key of ['old', 'used', 'new']) await cache.put(sha256(key), record([key, 1]));
    await age(cache, sha256('old'), 7200);
    await age(cache, sha256('used'), 7200);
    await cache.get(sha256('used'));
    const removed = await cache.prune({ unusedSince: Date.now() - 3600_000 });
    expect(removed.map((r) => r.key)).toEqual([sha256('old')]);
  });

  test('prunes the least recently used above a size, counting a shared layer once', async () => {
    const cache = open();
    for (const [i, key] of ['a', 'b', 'c', 'd'].entries()) {
      await cache.put(sha256(key), record(['shared', 50], [key, 20]));
      await age(cache, sha256(key), 100 * (4 - i));
    }
    const removed = await cache.prune({ maxBytes: 95 });
    expect(removed.map((r) => r.key).sort()).toEqual([sha256('a'), sha256('b')].sort());
    expect(await cache.get(sha256('d'))).toBeDefined();
  });

  test('prunes everything, or only what it is asked for', async () => {
    const cache = open();
    await cache.put(sha256('a'), record(['x', 1]));
    await cache.put(sha256('b'), record());
    expect(await cache.prune({ only: ({ record: r }) => r.layers.length === 0 })).toHaveLength(1);
    expect(await cache.get(sha256('a'))).toBeDefined();
    expect(await cache.prune()).toHaveLength(1);
  });

  test('remembers for one build what to export: all, or what the result consists of', async () => {
    const cache = open();
    await cache.put(sha256('found'), record(['base', 1]));
    await cache.put(sha256('not asked for'), record(['other', 1]));
    const tracking = new TrackingCache(cache);
    await tracking.get(sha256('found'));
    await tracking.get(sha256('missing'));
    await tracking.put(sha256('made'), record(['base', 1], ['test stage', 1]));
    expect([...tracking.used('max').keys()]).toEqual([sha256('found'), sha256('made')]);
    expect([...tracking.used('min', [sha256('base')]).keys()]).toEqual([sha256('found')]);
  });
});
