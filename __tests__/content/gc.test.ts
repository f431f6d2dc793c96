import { mkdir, readdir, rename, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { collectGarbage } from '../../src/content/gc.ts';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { acquireLease } from '../../src/content/lease.ts';
import { readBlob } from '../../src/content/read-blob.ts';
import { Refs } from '../../src/content/refs.ts';
import { type Descriptor, describe as describeBytes } from '../../src/oci/descriptor.ts';
import { encodeManifest } from '../../src/oci/manifest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('gc');
let next = 0;

async function setUp() {
  const store = await LayoutStore.open(join(folder, `store-${next++}`));
  const refs = new Refs(store);
  const image = async (name: string) => {
    const layer = await store.put(MEDIA.ociLayer, `layer of ${name}`);
    const config = await store.put(MEDIA.ociConfig, `{"config of":"${name}"}`);
    const manifest = await store.put(
      MEDIA.ociManifest,
      encodeManifest({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: [layer] }),
    );
    return { layer, config, manifest };
  };
  const age = async (...blobs: Descriptor[]) => {
    for (const blob of blobs) await utimes(store.blobPath(blob), Date.now() / 1000 - 3600, Date.now() / 1000 - 3600);
  };
  return { store, refs, image, age };
}

describe('garbage collection', () => {
  test('removes what no name and no provider leads to, and tells what that was', async () => {
    const { store, refs, image } = await setUp();
    const [kept, used, gone] = [await image('kept'), await image('used'), await image('gone')];
    await refs.set('docker.io/library/kept:1', kept.manifest);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const garbage = await collectGarbage(store, refs, [() => [used.layer]]);
    expect(garbage.removed.map((r) => r.digest).sort()).toEqual(
      [gone.layer, gone.config, gone.manifest, used.config, used.manifest].map((d) => d.digest).sort(),
    );
    expect(garbage.bytes).toBe(garbage.removed.reduce((sum, r) => sum + r.size, 0));
    for (const d of Object.values(kept)) expect(await store.has(d)).toBe(true);
    expect(await store.has(used.layer)).toBe(true);
    expect(await readdir(join(store.folder, 'trash'))).toEqual([]);
  });

  test('only tells, when it is a dry run', async () => {
    const { store, refs, image, age } = await setUp();
    const gone = await image('gone');
    await age(gone.layer, gone.config, gone.manifest);
    expect((await collectGarbage(store, refs, [], { dryRun: true })).removed).toHaveLength(3);
    expect(await store.has(gone.layer)).toBe(true);
  });

  test('spares what is younger than the grace period', async () => {
    const { store, refs, image, age } = await setUp();
    const { layer, config, manifest } = await image('x');
    await age(layer);
    await collectGarbage(store, refs, [], { grace: 600_000 });
    expect(await store.has(layer)).toBe(false);
    expect([await store.has(config), await store.has(manifest)]).toEqual([true, true]);
  });

  test('spares what was written or asked for under a lease, and takes it when the lease has ended', async () => {
    const { store, refs, image, age } = await setUp();
    const old = await image('old');
    await age(old.layer, old.config, old.manifest);
    const lease = await acquireLease(store);
    const fresh = await store.put(MEDIA.ociLayer, 'fresh');
    // A pull finds an old layer that it need not fetch.
    expect(await store.has(old.layer)).toBe(true);
    await collectGarbage(store, refs, []);
    expect(await store.has(fresh)).toBe(true);
    expect(await store.has(old.layer)).toBe(true);
    expect(await store.has(old.config)).toBe(false);
    await lease.release();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await collectGarbage(store, refs, []);
    expect(await store.has(fresh)).toBe(false);
  });

  test('touches only its candidates, when there are some', async () => {
    const { store, refs, image, age } = await setUp();
    const [a, b] = [await image('a'), await image('b')];
    await age(...Object.values(a), ...Object.values(b));
    await collectGarbage(store, refs, [], { only: new Set([a.layer.digest]) });
    expect(await store.has(a.layer)).toBe(false);
    expect(await store.has(b.layer)).toBe(true);
  });

  test('walks an index of which only one platform is there', async () => {
    const { store, refs, image, age } = await setUp();
    const here = await image('here');
    const absent = describeBytes(MEDIA.ociManifest, 'not here');
    const index = await store.put(
      MEDIA.ociIndex,
      encodeManifest({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: [absent, here.manifest] }),
    );
    await refs.set('docker.io/library/multi:1', index);
    await age(here.layer, here.config, here.manifest, index);
    expect((await collectGarbage(store, refs, [])).removed).toEqual([]);
  });

  test('brings back what a killed one left in the trash', async () => {
    const { store, refs, image } = await setUp();
    const { layer, config, manifest } = await image('x');
    await refs.set('docker.io/library/x:1', manifest);
    await mkdir(join(store.folder, 'trash'));
    await rename(store.blobPath(layer), store.trashPath(layer.digest));
    expect((await readBlob(store, layer)).toString()).toBe('layer of x');
    await collectGarbage(store, refs, []);
    expect(await store.has(layer)).toBe(true);
    expect(await store.has(config)).toBe(true);
  });

  test('sweeps what dead writers left, not what living ones write', async () => {
    const { store, refs } = await setUp();
    const dead = join(store.folder, 'ingest', '999999999-1-00000000-1-1');
    await mkdir(dead, { recursive: true });
    const half = Buffer.alloc(2 << 20, 'half');
    let finish: (() => void) | undefined;
    const writing = store.ingest(
      MEDIA.ociLayer,
      Readable.from(
        (async function* () {
          // More than is written at once: it is in its file before the rest comes.
          yield half;
          await new Promise<void>((resolve) => {
            finish = resolve;
          });
          yield Buffer.from('whole');
        })(),
        { objectMode: false },
      ),
    );
    while (finish === undefined) await new Promise((resolve) => setTimeout(resolve, 1));
    await collectGarbage(store, refs, []);
    expect(await readdir(join(store.folder, 'ingest'))).toHaveLength(1);
    finish();
    const descriptor = await writing;
    expect(descriptor.size).toBe(half.byteLength + 5);
    expect(await store.has(descriptor)).toBe(true);
  });

  test('beside pulls under leases never breaks what they name', async () => {
    const { store, refs } = await setUp();
    let stop = false;
    const collecting = (async () => {
      while (!stop) await collectGarbage(store, refs, []);
    })();
    const pull = async (n: number) => {
      for (let i = 0; i < 15; i++) {
        const lease = await acquireLease(store);
        try {
          const layers = ['a', 'b', 'c'].map((name) => Buffer.from(`shared layer ${name} ${i % 3}`));
          const descriptors = layers.map((bytes) => describeBytes(MEDIA.ociLayer, bytes));
          for (const [j, d] of descriptors.entries())
            if (!(await store.has(d))) await store.push(d, Readable.from([layers[j]!], { objectMode: false }));
          const config = await store.put(MEDIA.ociConfig, `{"n":${n}}`);
          const manifest = await store.put(
            MEDIA.ociManifest,
            encodeManifest({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: descriptors }),
          );
          await refs.set(`docker.io/library/p${n}:1`, manifest);
          for (const d of [manifest, config, ...descriptors]) await readBlob(store, d);
          await refs.removeDigest(manifest.digest);
        } finally {
          await lease.release();
        }
      }
    };
    await Promise.all([0, 1, 2].map(pull));
    stop = true;
    await collecting;
    await new Promise((resolve) => setTimeout(resolve, 20));
    await collectGarbage(store, refs, []);
    expect(await readdir(join(store.folder, 'blobs', 'sha256'))).toEqual([]);
  });
});
