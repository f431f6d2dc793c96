import { execFileSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { loadArchive } from '../../src/content/archive/load.ts';
import { saveArchive } from '../../src/content/archive/save.ts';
import { loadImage } from '../../src/content/image.ts';
import { findImage } from '../../src/content/image-list.ts';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { Refs } from '../../src/content/refs.ts';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('skopeo');
const store = await LayoutStore.open(join(folder, 'store'));
const refs = new Refs(store);
const image = await busyboxImage(store, { files: { 'etc/motd': 'hello\n' } });
await refs.set('docker.io/library/busybox:1', image.descriptor);
await refs.set('localhost:5000/me/box:2', image.descriptor);

const skopeo = (...args: string[]) =>
  execFileSync('skopeo', ['--insecure-policy', ...args], { stdio: ['ignore', 'pipe', 'pipe'] }).toString();

describe('skopeo', () => {
  test.each(['docker.io/library/busybox:1', 'localhost:5000/me/box:2'])(
    'reads our store as an OCI layout, by the name %s',
    (name) => {
      const shown = JSON.parse(skopeo('inspect', `oci:${store.folder}:${name}`)) as {
        Digest: string;
        Layers: string[];
      };
      expect(shown.Digest).toBe(image.descriptor.digest);
      expect(shown.Layers).toEqual(image.layers.map((l) => l.descriptor.digest));
    },
  );

  test('writes into a layout that we read, under the name that docker would give', async () => {
    const other = join(folder, 'theirs');
    skopeo('copy', '-q', `oci:${store.folder}:docker.io/library/busybox:1`, `oci:${other}:debian:12`);
    const theirs = await LayoutStore.open(other);
    const found = await findImage(theirs, new Refs(theirs), 'debian:12');
    expect(found.id).toBe(image.configDescriptor.digest);
  });

  test.each([
    ['docker-archive', 'foo/bar:3'],
    ['oci-archive', 'foo/bar:3'],
  ])('understands our archives, and makes a %s that we understand', async (form, name) => {
    const file = join(folder, 'ours.tar');
    await saveArchive(createWriteStream(file), [{ ...image, names: ['docker.io/library/busybox:1'] }], {
      format: 'docker',
    });
    const made = join(folder, `${form}.tar`);
    skopeo('copy', '-q', `docker-archive:${file}:busybox:1`, `${form}:${made}:${name}`);
    const target = await LayoutStore.open(join(folder, form));
    const names = new Refs(target);
    const [loaded] = await loadArchive(target, names, createReadStream(made), { where: made });
    expect(loaded!.names).toEqual(['docker.io/foo/bar:3']);
    const { layers, config } = await loadImage({ descriptor: loaded!.descriptor, content: target });
    expect(layers.map((l) => l.diffId)).toEqual(image.layers.map((l) => l.diffId));
    expect(config.config?.Cmd).toEqual(['sh']);
  });
});
