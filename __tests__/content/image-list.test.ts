import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { displayName, findImage, findImageIfThere, listImages } from '../../src/content/image-list.ts';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { Refs } from '../../src/content/refs.ts';
import { busyboxImage, makeImage, makeLayer } from '../helpers/busybox-image.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('images');
const store = await LayoutStore.open(join(folder, 'store'));
const refs = new Refs(store);
const older = await busyboxImage(store, { created: '2020-01-01T00:00:00Z' });
const newer = await busyboxImage(store, { created: '2024-01-01T00:00:00Z', files: { x: 'y' } });
await refs.set('docker.io/library/app:1', older.descriptor);
await refs.set('docker.io/library/app:2', newer.descriptor);
await refs.set('ghcr.io/me/app:2', newer.descriptor);

describe('images of the store', () => {
  test('are listed newest first, each once, with names and size', async () => {
    const images = await listImages(store, refs);
    expect(images.map((i) => [i.id, i.names])).toEqual([
      [newer.configDescriptor.digest, ['docker.io/library/app:2', 'ghcr.io/me/app:2']],
      [older.configDescriptor.digest, ['docker.io/library/app:1']],
    ]);
    expect(images[1]!.size).toBe(
      [older.descriptor, older.configDescriptor, ...older.layers.map((l) => l.descriptor)].reduce(
        (sum, d) => sum + d.size,
        0,
      ),
    );
  });

  test.each([
    ['app:1', older],
    ['docker.io/library/app:1', older],
    ['ghcr.io/me/app:2', newer],
    [`app@${older.descriptor.digest}`, older],
    [`app:1@${older.descriptor.digest}`, older],
    [older.configDescriptor.digest, older],
    [older.configDescriptor.digest.slice(7, 19), older],
    [newer.descriptor.digest, newer],
    [`sha256:${newer.descriptor.digest.slice(7, 27)}`, newer],
  ])('are found by %s', async (text, expected) => {
    expect((await findImage(store, refs, text)).descriptor.digest).toBe(expected.descriptor.digest);
  });

  test('that are not there are said to be so, with the way to get them', async () => {
    await expect(findImage(store, refs, 'nope:1')).rejects.toMatchObject({
      code: 'no-such-image',
      hint: expect.stringContaining('pull nope:1'),
    });
    expect(await findImageIfThere(store, refs, 'Not a name')).toBeUndefined();
    expect(await findImageIfThere(store, refs, `other@${older.descriptor.digest}`)).toBeUndefined();
  });

  test('are not guessed when a short ID fits several', async () => {
    const prefixes = new Map<string, number>();
    const layer = await makeLayer(store, [[{ name: 'f' }, Buffer.from('x')]]);
    for (let i = 0; i < 17; i++) {
      const image = await makeImage(store, [layer], { Labels: { i: String(i) } });
      await refs.set(`docker.io/library/many:${i}`, image.descriptor);
      prefixes.set(image.configDescriptor.digest[7]!, (prefixes.get(image.configDescriptor.digest[7]!) ?? 0) + 1);
    }
    const twice = [...prefixes].find(([, count]) => count > 1)![0];
    await expect(findImage(store, refs, twice)).rejects.toMatchObject({ code: 'ambiguous-image' });
  });

  test('that lost a blob do not hide the others', async () => {
    const broken = await busyboxImage(store, { created: '2022-01-01T00:00:00Z' });
    await refs.set('docker.io/library/broken:1', broken.descriptor);
    await rm(store.blobPath(broken.configDescriptor));
    const heard: string[][] = [];
    const images = await listImages(store, refs, (names) => heard.push(names));
    expect(heard).toEqual([['docker.io/library/broken:1']]);
    expect(images.length).toBeGreaterThan(2);
  });

  test.each([
    ['docker.io/library/debian:12', { repository: 'debian', tag: '12' }],
    ['ghcr.io/a/b:1', { repository: 'ghcr.io/a/b', tag: '1' }],
    ['localhost:5000/x:latest', { repository: 'localhost:5000/x', tag: 'latest' }],
    ['Strange Name', { repository: 'Strange Name', tag: '<none>' }],
  ])('have names for people: %s', (name, shown) => {
    expect(displayName(name)).toEqual(shown);
  });
});
