import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { collectGarbage } from '../../src/content/gc.ts';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { readBlob } from '../../src/content/read-blob.ts';
import { Refs } from '../../src/content/refs.ts';
import { isIndex, parseManifest } from '../../src/oci/manifest.ts';
import { spawnScript } from '../helpers/node-script.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('kill');
const WRITER = join(import.meta.dirname, '../helpers/store-writer.ts');
const ROUNDS = 20;

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

/** What another process may see at any time: every blob is whole, every named image complete. */
async function check(store: LayoutStore): Promise<number> {
  for (const name of await readdir(join(store.folder, 'blobs', 'sha256'))) {
    expect(name).toMatch(/^[0-9a-f]{64}$/);
    expect(await sha256(join(store.folder, 'blobs', 'sha256', name))).toBe(name);
  }
  const named = await new Refs(store).list();
  for (const { descriptor } of named) {
    const manifest = parseManifest(await readBlob(store, descriptor), descriptor.mediaType, 'test');
    if (isIndex(manifest)) throw new Error('not written by the test');
    for (const child of [manifest.config, ...manifest.layers]) expect(await store.has(child)).toBe(true);
  }
  return named.length;
}

describe('writers that are killed at any moment', () => {
  test('leave a store in which nothing is half-written, and that the next ones use at once', async () => {
    const store = await LayoutStore.open(join(folder, 'store'));
    let images = 0;
    for (let round = 0; round < ROUNDS; round++) {
      const writers = ['a', 'b'].map((name) => spawnScript(WRITER, [store.folder, name]));
      await Promise.all(writers.map((w) => new Promise((resolve) => w.stdout!.once('data', resolve))));
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 120));
      writers[0]!.kill('SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 30));
      writers[1]!.kill('SIGKILL');
      await Promise.all(writers.map((w) => w.exited));
      expect(writers.map((w) => w.output().replaceAll('running\n', ''))).toEqual(['', '']);
      images = await check(store);
    }
    expect(images).toBeGreaterThan(2);
    const refs = new Refs(store);
    for (const { descriptor } of await refs.list()) await refs.removeDigest(descriptor.digest);
    for (const descriptor of await refs.untagged()) await refs.removeDigest(descriptor.digest);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await collectGarbage(store, refs, []);
    expect(await readdir(join(store.folder, 'ingest'))).toEqual([]);
    expect(await readdir(join(store.folder, 'blobs', 'sha256'))).toEqual([]);
    const locks = await readdir(join(store.folder, 'locks'), { recursive: true, withFileTypes: true });
    expect(locks.filter((entry) => entry.isFile())).toEqual([]);
  }, 120_000);
});
