import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { createGzip, gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { loadArchive } from '../../../src/content/archive/load.ts';
import { saveArchive } from '../../../src/content/archive/save.ts';
import type { TarHeader } from '../../../src/content/archive/tar-header.ts';
import { readTar } from '../../../src/content/archive/tar-reader.ts';
import { TarWriter } from '../../../src/content/archive/tar-writer.ts';
import { loadImage } from '../../../src/content/image.ts';
import { LayoutStore } from '../../../src/content/layout-store.ts';
import { readBlob } from '../../../src/content/read-blob.ts';
import { Refs } from '../../../src/content/refs.ts';
import { digestHex, sha256 } from '../../../src/oci/digest.ts';
import { encodeManifest } from '../../../src/oci/manifest.ts';
import { MEDIA } from '../../../src/oci/media-type.ts';
import { busyboxImage, makeImage, makeLayer } from '../../helpers/busybox-image.ts';
import { scratchFolder } from '../../helpers/scratch.ts';

const folder = await scratchFolder('load');
let next = 0;
const open = async () => {
  const store = await LayoutStore.open(join(folder, `store-${next++}`));
  return { store, refs: new Refs(store) };
};
const source = await open();
const image = await busyboxImage(source.store, { files: { 'etc/motd': 'hello\n' } });

type Entries = [Partial<TarHeader> & { name: string }, (Buffer | undefined)?][];

async function tar(entries: Entries): Promise<Buffer> {
  const out = new PassThrough();
  const chunks: Buffer[] = [];
  out.on('data', (chunk: Buffer) => chunks.push(chunk));
  const writer = new TarWriter(out);
  for (const [header, body] of entries) await writer.add(header, body);
  await writer.finish();
  return Buffer.concat(chunks);
}

async function load(bytes: Buffer | string, options: { platform?: { os: string; architecture: string } } = {}) {
  const target = await open();
  const body = typeof bytes === 'string' ? createReadStream(bytes) : Readable.from([bytes], { objectMode: false });
  const images = await loadArchive(target.store, target.refs, body, { where: 'test.tar', roots: [], ...options });
  return { ...target, images };
}

/** docker's form of the years 1.10 to 24, of two images that share a layer, the second one by link. */
async function oldArchive(
  change: (parts: {
    layers: Buffer[];
    configs: Record<string, unknown>[];
    list: Record<string, unknown>[];
  }) => void = () => {},
): Promise<Entries> {
  const layers = [
    await tar([[{ name: 'base' }, Buffer.from('base')]]),
    await tar([[{ name: 'app' }, Buffer.from('app')]]),
  ];
  const ids = layers.map((layer) => digestHex(sha256(layer)));
  const config = (n: number) => ({
    architecture: 'amd64',
    os: 'linux',
    config: { Cmd: ['x'] },
    rootfs: { type: 'layers', diff_ids: layers.slice(0, n).map((l) => sha256(l)) },
  });
  const parts = {
    layers,
    configs: [config(1), config(2)] as Record<string, unknown>[],
    list: [
      { Config: 'one.json', RepoTags: ['one:1', 'localhost:5000/one:x'], Layers: [`${ids[0]}/layer.tar`] },
      { Config: 'two.json', RepoTags: null, Layers: ['link/layer.tar', `${ids[1]}/layer.tar`] },
    ] as Record<string, unknown>[],
  };
  change(parts);
  return [
    [{ name: `${ids[0]}/`, type: 'directory' }],
    [{ name: `${ids[0]}/VERSION` }, Buffer.from('1.0')],
    [{ name: `${ids[0]}/layer.tar` }, parts.layers[0]],
    [{ name: `${ids[1]}/layer.tar` }, parts.layers[1]],
    [{ name: 'link/layer.tar', type: 'symlink', linkname: `../${ids[0]}/layer.tar` }],
    [{ name: 'one.json' }, Buffer.from(JSON.stringify(parts.configs[0]))],
    [{ name: 'two.json' }, Buffer.from(JSON.stringify(parts.configs[1]))],
    [{ name: 'manifest.json' }, Buffer.from(JSON.stringify(parts.list))],
    [{ name: 'repositories' }, Buffer.from('{}')],
  ];
}

async function blobCount(store: LayoutStore): Promise<number> {
  return (await readdir(join(store.folder, 'blobs', 'sha256'))).length;
}

describe('an image archive', () => {
  test.each(['docker', 'oci'] as const)('in form %s gives back the same digests and names', async (format) => {
    const file = join(folder, `${format}.tar`);
    await saveArchive(
      createWriteStream(file),
      [{ ...image, names: ['docker.io/library/busybox:1', 'ghcr.io/me/box:2'] }],
      { format },
    );
    const { store, refs, images } = await load(file);
    expect(images.map((i) => [i.descriptor.digest, i.names])).toEqual([
      [image.descriptor.digest, ['docker.io/library/busybox:1', 'ghcr.io/me/box:2']],
    ]);
    expect((await refs.get('ghcr.io/me/box:2'))?.digest).toBe(image.descriptor.digest);
    const { layers } = await loadImage({ descriptor: image.descriptor, content: store });
    for (const layer of layers) expect(await store.has(layer.descriptor)).toBe(true);
    // Lists, markers and what else was in the tar are gone: manifest, config and two layers are left.
    expect(await blobCount(store)).toBe(4);
  });

  test('is the same, byte for byte, when it is written again', async () => {
    const files = [0, 1].map((i) => join(folder, `same-${i}.tar`));
    for (const file of files)
      await saveArchive(createWriteStream(file), [{ ...image, names: ['docker.io/library/busybox:1'] }], {
        format: 'docker',
      });
    expect((await readFile(files[0]!)).equals(await readFile(files[1]!))).toBe(true);
  });

  test('of docker’s older form becomes OCI manifests, several images and links included', async () => {
    const { store, refs, images } = await load(await tar(await oldArchive()));
    expect(images.map((i) => i.names)).toEqual([['docker.io/library/one:1', 'localhost:5000/one:x'], []]);
    expect((await refs.untagged()).map((d) => d.digest)).toEqual([images[1]!.descriptor.digest]);
    const second = await loadImage({ descriptor: images[1]!.descriptor, content: store });
    expect(second.layers).toHaveLength(2);
    expect(second.layers[0]!.descriptor.mediaType).toBe(MEDIA.ociLayer);
    expect(await blobCount(store)).toBe(6);
  });

  test('has its plain layers compressed where that changes no digest, each once', async () => {
    const target = await open();
    let compressed = 0;
    const compress = (plain: Readable) => {
      compressed++;
      return plain.pipe(createGzip());
    };
    const body = Readable.from([await tar(await oldArchive())], { objectMode: false });
    const images = await loadArchive(target.store, target.refs, body, { where: 'old.tar', roots: [], compress });
    const second = await loadImage({ descriptor: images[1]!.descriptor, content: target.store });
    expect(second.layers.map((l) => l.descriptor.mediaType)).toEqual([MEDIA.ociLayerGzip, MEDIA.ociLayerGzip]);
    for (const { descriptor, diffId } of second.layers)
      expect(sha256(gunzipSync(await readBlob(target.store, descriptor)))).toBe(diffId);
    expect(compressed).toBe(2);
    // The plain ones are gone: two manifests, two configs, two layers.
    expect(await blobCount(target.store)).toBe(6);
    const layout = join(folder, 'keeps.tar');
    await saveArchive(createWriteStream(layout), [{ ...image, names: [] }], { format: 'docker' });
    const kept = await loadArchive(target.store, target.refs, createReadStream(layout), { where: layout, compress });
    expect(kept[0]!.descriptor.digest).toBe(image.descriptor.digest);
  });

  test('may have compressed layers, as podman’s and kaniko’s have', async () => {
    const { store, images } = await load(
      await tar(
        await oldArchive((parts) => {
          parts.layers[1] = gzipSync(parts.layers[1]!);
        }),
      ),
    );
    const second = await loadImage({ descriptor: images[1]!.descriptor, content: store });
    expect(second.layers.map((l) => l.descriptor.mediaType)).toEqual([MEDIA.ociLayer, MEDIA.ociLayerGzip]);
  });

  test('may itself be compressed by gzip or zstd; xz is refused by name', async () => {
    const plain = await tar(await oldArchive());
    for (const bytes of [gzipSync(plain), zstdCompressSync(plain)]) expect((await load(bytes)).images).toHaveLength(2);
    await expect(load(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00]))).rejects.toThrow(
      'xz compression is not supported',
    );
    await expect(load(gzipSync(plain).subarray(0, 400))).rejects.toMatchObject({ code: 'truncated-archive' });
  });

  test('of several platforms is kept as a whole, or one of them when told so', async () => {
    const { store, refs } = await open();
    const layer = await makeLayer(store, [[{ name: 'f' }, Buffer.from('x')]]);
    const manifests = await Promise.all(
      ['amd64', 'arm64'].map(async (architecture) => ({
        ...(await makeImage(store, [layer], {}, { platform: { os: 'linux', architecture } })).descriptor,
        platform: { os: 'linux', architecture },
      })),
    );
    const index = await store.put(
      MEDIA.ociIndex,
      encodeManifest({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests }),
    );
    await refs.set('docker.io/library/multi:1', index);
    const file = join(folder, 'multi.tar');
    await saveArchive(
      createWriteStream(file),
      [{ descriptor: index, content: store, names: ['docker.io/library/multi:1'] }],
      { format: 'oci' },
    );
    expect((await load(file)).images[0]!.descriptor.digest).toBe(index.digest);
    expect((await load(file, { platform: { os: 'linux', architecture: 'arm64' } })).images[0]!.descriptor.digest).toBe(
      manifests[1]!.digest,
    );
    await expect(load(file, { platform: { os: 'linux', architecture: 's390x' } })).rejects.toMatchObject({
      code: 'no-such-platform',
    });
    // Saved from a store that has one platform only, the other's manifest is left out.
    await store.delete(manifests[1]!.digest);
    await saveArchive(createWriteStream(file), [{ descriptor: index, content: store, names: [] }], {
      format: 'docker',
    });
    expect((await load(file)).images[0]!.descriptor.digest).toBe(manifests[0]!.digest);
  });
});

describe('an archive that lies', () => {
  async function refused(bytes: Buffer, message: string): Promise<void> {
    const { store, refs } = await open();
    await expect(
      loadArchive(store, refs, Readable.from([bytes], { objectMode: false }), { where: 'test.tar', roots: [] }),
    ).rejects.toThrow(message);
    expect(await refs.roots()).toEqual([]);
    expect(await blobCount(store)).toBe(0);
    expect(await readdir(join(store.folder, 'ingest')).catch(() => [])).toEqual([]);
  }

  test.each<[string, (entries: Entries) => void, string]>([
    [
      'has a member outside',
      (e) => e.push([{ name: '../../etc/passwd' }, Buffer.from('x')]),
      '"../../etc/passwd" leads out of the archive',
    ],
    [
      'has an absolute member',
      (e) => e.push([{ name: '/etc/passwd' }, Buffer.from('x')]),
      '"/etc/passwd" leads out of the archive',
    ],
    [
      'has a link that leads out',
      (e) => e.push([{ name: 'a/b', type: 'symlink', linkname: '../../etc/shadow' }]),
      'leads out of the archive',
    ],
    ['has an absolute link', (e) => (e[4]![0].linkname = '/etc/shadow'), 'there is no link/layer.tar in the archive'],
    [
      'has a hard link that leads out',
      (e) => e.push([{ name: 'b', type: 'hardlink', linkname: '../x' }]),
      'leads out of the archive',
    ],
    ['has links in a circle', (e) => (e[4]![0].linkname = 'layer.tar'), 'more than 8 links in a row'],
    [
      'has a device',
      (e) => e.push([{ name: 'dev', type: 'char', devmajor: 1, devminor: 1 }]),
      'a char has no place in an image archive',
    ],
    [
      'has two members of one name',
      (e) => e.push([{ name: 'one.json' }, Buffer.from('{"other":1}')]),
      'two different members are called one.json',
    ],
    ['lacks a layer', (e) => e.splice(3, 1), 'layer 1 of image 1 is missing'],
    ['lacks a config', (e) => e.splice(5, 1), 'the config of one:1 is missing'],
    ['lacks the list', (e) => e.splice(7, 1), 'neither manifest.json nor index.json'],
    ['has a list that is no JSON', (e) => (e[7]![1] = Buffer.from('{')), 'manifest.json: expected JSON'],
    [
      'has a list of something else',
      (e) => (e[7]![1] = Buffer.from('[{"Config":1}]')),
      'expected the path of the image',
    ],
    ['has an empty list', (e) => (e[7]![1] = Buffer.from('[]')), 'there is no image in it'],
    ['has a list of 20 MB', (e) => (e[7]![1] = Buffer.from(`["${'x'.repeat(20_000_000)}"]`)), 'more than the'],
    ['has a config of another kind', (e) => (e[5]![1] = Buffer.from('[]')), 'expected a JSON object'],
    [
      'has a blob whose name is not its digest',
      (e) => e.push([{ name: `blobs/sha256/${'0'.repeat(64)}` }, Buffer.from('x')]),
      'is damaged',
    ],
  ])('and %s is refused, and leaves nothing', async (_, change, message) => {
    const entries = await oldArchive();
    change(entries);
    await refused(await tar(entries), message);
  });

  test('about a layer, a name or the number of layers is refused', async () => {
    await refused(
      await tar(await oldArchive((p) => (p.layers[1] = Buffer.concat([p.layers[1]!, Buffer.alloc(512)])))),
      'expected a layer with digest',
    );
    await refused(
      await tar(await oldArchive((p) => (p.list[0]!.RepoTags = ['UPPER:1']))),
      '"UPPER:1" is not an image name',
    );
    await refused(
      await tar(await oldArchive((p) => (p.list[1]!.Layers = []))),
      'manifest.json names 0 layers, its config 2',
    );
    await refused(await tar(await oldArchive((p) => (p.list[1]!.Layers = ['../x', 'y']))), 'leads out of the archive');
  });

  test('about sizes in its index, or lacks blobs of it, is refused', async () => {
    const file = join(folder, 'oci-broken.tar');
    await saveArchive(createWriteStream(file), [{ ...image, names: ['docker.io/library/busybox:1'] }], {
      format: 'oci',
    });
    const entries: [Partial<TarHeader> & { name: string }, Buffer][] = [];
    for await (const { body, ...header } of readTar(createReadStream(file), 'x')) {
      const parts: Buffer[] = [];
      for await (const part of body) parts.push(part as Buffer);
      entries.push([header, Buffer.concat(parts)]);
    }
    const without = (digest: string) => tar(entries.filter(([h]) => !h.name.includes(digest.slice(7))));
    await refused(await without(image.descriptor.digest), 'missing or of another size');
    await refused(await without(image.layers[1]!.descriptor.digest), `layer 1 of ${image.descriptor.digest}`);
    await refused(await without(image.configDescriptor.digest), 'is not in the store');
    const index = entries.find(([h]) => h.name === 'index.json')!;
    index[1] = Buffer.from(
      index[1].toString().replace(`"size":${image.descriptor.size}`, `"size":${image.descriptor.size + 1}`),
    );
    await refused(await tar(entries.map(([h, b]) => [{ ...h, size: b.byteLength }, b])), 'missing or of another size');
  });

  test('that is empty, no tar, or cut off is refused', async () => {
    await refused(Buffer.alloc(0), 'there is nothing in it');
    await refused(Buffer.alloc(10_240), 'neither manifest.json nor index.json');
    await refused(Buffer.alloc(5000, 'x'), 'this is no tar archive');
    const whole = await tar(await oldArchive());
    await refused(whole.subarray(0, 1500), 'early');
    await refused(whole.subarray(0, 3000), 'test.tar');
  });

  test('does not take away blobs that somebody else brings in at this moment', async () => {
    const { store, refs } = await open();
    const { acquireLease } = await import('../../../src/content/lease.ts');
    const lease = await acquireLease(store);
    const entries = await oldArchive();
    const shared = await store.put(MEDIA.ociLayer, entries[2]![1]!);
    entries.splice(5, 1);
    await expect(
      loadArchive(store, refs, Readable.from([await tar(entries)], { objectMode: false }), { where: 'x', roots: [] }),
    ).rejects.toThrow();
    expect((await readBlob(store, shared)).byteLength).toBe(shared.size);
    await lease.release();
    await writeFile(join(folder, 'done'), '');
  });
});
