import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { CacheKey, CacheRecord } from '../../src/cache/cache.ts';
import { exportDirectory, importDirectory } from '../../src/cache/directory.ts';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { Refs } from '../../src/content/refs.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import type { Progress } from '../../src/progress.ts';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('cache-dir');
let next = 0;
const openStore = () => LayoutStore.open(join(folder, `store-${next++}`));

function recordOf(...layers: Descriptor[]): CacheRecord {
  return {
    config: { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: layers.map((l) => l.digest) } },
    layers,
    created: '2024-01-01T00:00:00Z',
    inputs: {},
  };
}

async function setUp() {
  const store = await openStore();
  const layers = await Promise.all(['one', 'two', 'three'].map((text) => store.put(MEDIA.ociLayer, text)));
  const records = new Map<CacheKey, CacheRecord>([
    [sha256('a'), recordOf(layers[0]!)],
    [sha256('b'), recordOf(layers[0]!, layers[1]!)],
    [sha256('c'), recordOf()],
  ]);
  return { store, layers, records, cacheFolder: join(folder, `cache-${next++}`) };
}

describe('a cache in a folder', () => {
  test('serves another machine: hits bring their layers, and only these', async () => {
    const { store, layers, records, cacheFolder } = await setUp();
    await exportDirectory(cacheFolder, records, store);
    const other = await openStore();
    const cache = await importDirectory(cacheFolder, other);
    expect(await cache.get(sha256('a'))).toEqual(records.get(sha256('a')));
    expect(await cache.get(sha256('c'))).toEqual(records.get(sha256('c')));
    expect(await cache.get(sha256('unknown'))).toBeUndefined();
    expect([await other.has(layers[0]!), await other.has(layers[1]!)]).toEqual([true, false]);
    await cache.get(sha256('b'));
    expect(await other.has(layers[1]!)).toBe(true);
  });

  test('does not grow: what the next export does not name is removed', async () => {
    const { store, layers, records, cacheFolder } = await setUp();
    await exportDirectory(cacheFolder, records, store);
    const before = await readdir(join(cacheFolder, 'blobs', 'sha256'));
    await new Promise((resolve) => setTimeout(resolve, 20));
    await exportDirectory(cacheFolder, new Map([[sha256('z'), recordOf(layers[2]!)]]), store);
    const after = await readdir(join(cacheFolder, 'blobs', 'sha256'));
    expect(before).toHaveLength(4);
    expect(after).toHaveLength(3);
    expect(after).toContain(layers[2]!.digest.slice(7));
    expect((await new Refs(await LayoutStore.open(cacheFolder)).roots()).length).toBe(1);
  });

  test('keeps tags apart', async () => {
    const { store, records, cacheFolder } = await setUp();
    await exportDirectory(cacheFolder, records, store, { tag: 'main' });
    await exportDirectory(cacheFolder, new Map([[sha256('z'), recordOf()]]), store, { tag: 'branch' });
    expect(await (await importDirectory(cacheFolder, store, { tag: 'main' })).get(sha256('a'))).toBeDefined();
    expect(await (await importDirectory(cacheFolder, store, { tag: 'branch' })).get(sha256('a'))).toBeUndefined();
    await expect(importDirectory(cacheFolder, store, { tag: 'other' })).rejects.toMatchObject({
      code: 'no-such-cache',
      hint: 'it has: main, branch',
    });
  });

  test('gives the same digest for the same records, whatever their order', async () => {
    const { store, records, cacheFolder } = await setUp();
    const first = await exportDirectory(cacheFolder, records, store);
    const again = await exportDirectory(`${cacheFolder}-2`, new Map([...records].reverse()), store);
    expect(again).toEqual(first);
    expect(await (await importDirectory(cacheFolder, store, { digest: first.digest })).get(sha256('a'))).toBeDefined();
  });

  test('leaves records out whose layers are not there', async () => {
    const { store, records, layers, cacheFolder } = await setUp();
    await rm(store.blobPath(layers[1]!));
    await exportDirectory(cacheFolder, records, store);
    const cache = await importDirectory(cacheFolder, store);
    expect(await cache.get(sha256('a'))).toBeDefined();
    expect(await cache.get(sha256('b'))).toBeUndefined();
  });

  test('that lost a layer costs a miss and a warning, not the build', async () => {
    const { store, records, layers, cacheFolder } = await setUp();
    await exportDirectory(cacheFolder, records, store);
    await rm(join(cacheFolder, 'blobs', 'sha256', layers[0]!.digest.slice(7)));
    const warnings: string[] = [];
    const progress: Progress = {
      start: () => ({ output() {}, progress() {}, note() {}, done() {}, fail() {} }),
      warn: (message) => warnings.push(message),
    };
    const cache = await importDirectory(cacheFolder, await openStore(), { progress });
    expect(await cache.get(sha256('a'))).toBeUndefined();
    expect(warnings[0]).toContain('the step runs again');
  });

  test('is refused by name when it is none, and no folder is made by looking', async () => {
    const { store, cacheFolder } = await setUp();
    await expect(importDirectory(cacheFolder, store)).rejects.toMatchObject({ code: 'no-such-cache' });
    expect(await readdir(folder)).not.toContain(cacheFolder.slice(folder.length + 1));
    const layout = await LayoutStore.open(join(folder, 'no cache'));
    const image = await busyboxImage(layout);
    await new Refs(layout).set('docker.io/library/cache:latest', image.descriptor);
    await expect(importDirectory(layout.folder, store)).rejects.toMatchObject({ code: 'not-a-cache' });
  });
});
