import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { Refs } from '../../src/content/refs.ts';
import { describe as describeBytes } from '../../src/oci/descriptor.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('refs');
let next = 0;
async function open() {
  const store = await LayoutStore.open(join(folder, `store-${next++}`));
  const make = (text: string) => store.put(MEDIA.ociManifest, text);
  return { store, refs: new Refs(store), make };
}

describe('names of images', () => {
  test('are found again, also by another process of the same folder', async () => {
    const { store, refs, make } = await open();
    const a = await make('a');
    await refs.set('docker.io/library/app:1', a);
    expect(await new Refs(store).get('docker.io/library/app:1')).toEqual(a);
    expect(await refs.get('docker.io/library/app:2')).toBeUndefined();
    expect(await refs.list()).toEqual([{ name: 'docker.io/library/app:1', descriptor: a }]);
  });

  test('are not given to what is not in the store', async () => {
    const { refs } = await open();
    await expect(refs.set('docker.io/library/app:1', describeBytes(MEDIA.ociManifest, 'x'))).rejects.toMatchObject({
      code: 'blob-missing',
    });
    expect(await refs.list()).toEqual([]);
  });

  test('leave the image that had one before without a name, until it is removed', async () => {
    const { refs, make } = await open();
    const [a, b] = [await make('a'), await make('b')];
    await refs.set('docker.io/library/app:1', a);
    await refs.set('docker.io/library/app:1', b);
    expect(await refs.list()).toEqual([{ name: 'docker.io/library/app:1', descriptor: b }]);
    expect(await refs.untagged()).toEqual([a]);
    await refs.set('docker.io/library/app:old', a);
    expect(await refs.untagged()).toEqual([]);
    expect(await refs.removeDigest(a.digest)).toEqual(['docker.io/library/app:old']);
    expect(await refs.roots()).toEqual([b]);
  });

  test('can be several for one image, which goes with the last', async () => {
    const { refs, make } = await open();
    const a = await make('a');
    await refs.update([
      { name: 'docker.io/library/x:1', descriptor: a },
      { name: 'ghcr.io/me/x:1', descriptor: a },
    ]);
    expect(await refs.remove('docker.io/library/x:1')).toBe(true);
    expect(await refs.remove('docker.io/library/x:1')).toBe(false);
    expect(await refs.roots()).toEqual([a]);
    await refs.remove('ghcr.io/me/x:1');
    expect(await refs.roots()).toEqual([]);
  });

  test('keep a descriptor’s own annotations', async () => {
    const { refs, make } = await open();
    const a = { ...(await make('a')), annotations: { note: 'kept' } };
    await refs.set('docker.io/library/app:1', a);
    expect(await refs.get('docker.io/library/app:1')).toEqual(a);
  });

  test('that many set at once are all there', async () => {
    const { store, make } = await open();
    const a = await make('a');
    await Promise.all(Array.from({ length: 20 }, (_, i) => new Refs(store).set(`docker.io/library/app:${i}`, a)));
    expect(await new Refs(store).list()).toHaveLength(20);
  });

  test('that another tool wrote are read in their long form', async () => {
    const { store, refs, make } = await open();
    const a = await make('a');
    const entry = (name: string) => ({ ...a, annotations: { 'org.opencontainers.image.ref.name': name } });
    await writeFile(
      join(store.folder, 'index.json'),
      JSON.stringify({ schemaVersion: 2, manifests: [entry('debian:12'), entry('Not A Name')] }),
    );
    expect((await refs.list()).map((r) => r.name)).toEqual(['docker.io/library/debian:12', 'Not A Name']);
    await refs.set('docker.io/library/debian:12', a);
    expect(await refs.list()).toHaveLength(2);
  });

  test.each(['{', '[]', '{"manifests":1}'])('are refused, not overwritten, when index.json is %s', async (text) => {
    const { store, refs, make } = await open();
    const a = await make('a');
    await writeFile(join(store.folder, 'index.json'), text);
    await expect(refs.list()).rejects.toMatchObject({ code: 'not-a-layout' });
    await expect(refs.set('docker.io/library/app:1', a)).rejects.toMatchObject({ code: 'not-a-layout' });
    expect(await readFile(join(store.folder, 'index.json'), 'utf8')).toBe(text);
  });
});
