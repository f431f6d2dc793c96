import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from '@jest/globals';
import { copyGraph } from '../../src/content/copy.ts';
import { loadImage } from '../../src/content/image.ts';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { MemoryStore } from '../../src/content/memory-store.ts';
import { readBlob } from '../../src/content/read-blob.ts';
import { type Descriptor, describe as describeBytes } from '../../src/oci/descriptor.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { Progress } from '../../src/progress.ts';
import type { RegistryClient } from '../../src/registry/client.ts';
import { ImageRegistry } from '../../src/registry/image-registry.ts';
import { pullImage } from '../../src/registry/pull.ts';
import { pushImage } from '../../src/registry/push.ts';
import { makeScratch } from '../helpers/make-scratch.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { randomImage, randomIndex } from '../helpers/test-image.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

async function setup(): Promise<{ registry: TestRegistry; client: RegistryClient }> {
  const registry = await startRegistry();
  const client = registryClient();
  open.push(registry, client);
  return { registry, client };
}

const amd64 = { os: 'linux', architecture: 'amd64' };
const arm = (variant: string): { os: string; architecture: string; variant: string } => ({
  os: 'linux',
  architecture: 'arm',
  variant,
});

describe('push and pull', () => {
  test('an image comes back as it was, and nothing is sent twice', async () => {
    const { registry, client } = await setup();
    const image = randomImage([300_000, 10, 2_000_000, 0]);
    const reference = parseReference(`${registry.host}/a/b/c:v1`);
    expect(await pushImage(client, image, reference)).toEqual(image.descriptor);
    const uploads = registry.requests.filter((r) => r.startsWith('PUT') && r.includes('/uploads/')).length;
    expect(uploads).toBe(5);
    await pushImage(client, image, { ...reference, tag: 'v2' });
    expect(registry.requests.filter((r) => r.startsWith('PUT') && r.includes('/uploads/'))).toHaveLength(uploads);

    const store = new MemoryStore();
    const pulled = await pullImage(client, reference, store);
    expect(pulled.descriptor).toEqual(image.descriptor);
    for (const d of [image.config, ...image.layers]) expect(await store.has(d)).toBe(true);
    const gets = registry.requests.filter((r) => r.startsWith('GET') && r.includes('/blobs/')).length;
    await pullImage(client, reference, store);
    expect(registry.requests.filter((r) => r.startsWith('GET') && r.includes('/blobs/'))).toHaveLength(gets);
  });

  test('tags are set last, after every manifest is there under its digest', async () => {
    const { registry, client } = await setup();
    const index = randomIndex([amd64, arm('v7')]);
    await pushImage(client, index, parseReference(`${registry.host}/app:1`), { tags: ['latest', '1'] });
    const puts = registry.requests.filter((r) => r.startsWith('PUT')).map((r) => r.split(' ')[1]!.split('/').at(-1));
    expect(puts.slice(-5)).toEqual([
      ...index.images.map((i) => i.descriptor.digest),
      index.descriptor.digest,
      '1',
      'latest',
    ]);
  });

  test('a blob of another repository is mounted, not sent', async () => {
    const { registry, client } = await setup();
    const image = randomImage([100_000]);
    await pushImage(client, image, parseReference(`${registry.host}/one:1`));
    const layer = {
      ...image.layers[0]!,
      annotations: { [`containerd.io/distribution.source.${registry.host}`]: 'one' },
    };
    const manifest = image.content.put(
      MEDIA.ociManifest,
      JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config: image.config, layers: [layer] }),
    );
    registry.requests.length = 0;
    await pushImage(client, { descriptor: manifest, content: image.content }, parseReference(`${registry.host}/two:1`));
    // Only the config, of which nobody said where it is.
    expect(registry.requests.filter((r) => r.startsWith('PUT') && r.includes('/uploads/'))).toHaveLength(1);
    expect(await client.repository(parseReference(`${registry.host}/three:1`)).mount(image.config, 'one')).toBe(true);
    expect(
      await client.repository(parseReference(`${registry.host}/three:1`)).mount(describeBytes('x', 'absent'), 'one'),
    ).toBe(false);
  });

  test('chunks: every piece of a blob has its place', async () => {
    const { registry, client } = await setup();
    const image = randomImage([100_001]);
    await pushImage(client, image, parseReference(`${registry.host}/app:1`), { chunkSize: 30_000 });
    expect(registry.requests.filter((r) => r.startsWith('PATCH'))).toHaveLength(4 + 1);
    await pullImage(client, parseReference(`${registry.host}/app:1`), new MemoryStore());
  });

  test('a repository is a content store: graph copies go both ways', async () => {
    const { registry, client } = await setup();
    const index = randomIndex([amd64, arm('v6')]);
    const repository = client.repository(parseReference(`${registry.host}/store`));
    await copyGraph(index.content, repository, index.descriptor);
    const back = new MemoryStore();
    await copyGraph(repository, back, index.descriptor);
    expect([...back.digests()].sort()).toEqual([...index.content.digests()].sort());
    await expect(
      repository.push(describeBytes('x', 'good'), Readable.from([Buffer.from('evil')])),
    ).rejects.toMatchObject({ code: 'digest-mismatch' });
  });
});

describe('several at once', () => {
  test('two pulls of one image into one store fetch each layer once', async () => {
    const { registry, client } = await setup();
    const image = randomImage([400_000, 500_000]);
    const reference = parseReference(`${registry.host}/app:1`);
    await pushImage(client, image, reference);
    const folder = makeScratch('pulls');
    open.push({ close: () => rm(folder, { recursive: true }) });
    registry.requests.length = 0;
    // Two stores over one folder: as two processes see it.
    const stores = await Promise.all([LayoutStore.open(folder), LayoutStore.open(folder)]);
    await Promise.all(stores.map((store) => pullImage(client, reference, store)));
    expect(registry.requests.filter((r) => r.startsWith('GET') && r.includes('/blobs/'))).toHaveLength(3);
    for (const d of [image.config, ...image.layers]) expect((await readBlob(stores[0]!, d)).length).toBe(d.size);
  });

  test('many pushes of one image to one registry leave one whole image', async () => {
    const { registry, client } = await setup();
    const image = randomImage([300_000, 200_000]);
    await Promise.all(
      Array.from({ length: 8 }, (_, i) =>
        pushImage(client, image, parseReference(`${registry.host}/app${i % 2}:${i}`)),
      ),
    );
    await pullImage(client, parseReference(`${registry.host}/app1:7`), new MemoryStore());
  });
});

test('a base image is known before its layers are fetched; then they come, and it has its name', async () => {
  const { registry, client } = await setup();
  const image = randomImage([100_000], amd64);
  const reference = parseReference(`${registry.host}/base:1`);
  await pushImage(client, image, reference);
  registry.requests.length = 0;
  const store = new MemoryStore();
  const named: string[] = [];
  const images = new ImageRegistry({ client, store, refs: { set: async (name) => void named.push(name) } });
  const { image: base, fetchLayers } = await images.resolve(reference, amd64, {});
  expect((await loadImage(base, amd64)).layers.map((l) => l.descriptor)).toEqual(image.layers);
  expect(registry.requests.some((r) => r.includes(image.layers[0]!.digest))).toBe(false);
  expect([...store.digests()]).toEqual([]);
  await fetchLayers();
  expect(await store.has(image.layers[0]!)).toBe(true);
  expect(named).toEqual([`${registry.host}/base:1`]);
});

describe('platforms', () => {
  test('the best variant is taken, and only that', async () => {
    const { registry, client } = await setup();
    const index = randomIndex([amd64, arm('v5'), arm('v7'), arm('v6')]);
    const reference = parseReference(`${registry.host}/app:1`);
    await pushImage(client, index, reference);
    const store = new MemoryStore();
    const image = await pullImage(client, reference, store, { platform: arm('v6') });
    expect(image.descriptor).toEqual(index.descriptor);
    expect(await Promise.all(index.images.map((i) => store.has(i.descriptor)))).toEqual([false, false, false, true]);
    const all = new MemoryStore();
    await pullImage(client, reference, all, { platform: 'all' });
    expect([...all.digests()]).toHaveLength([...index.content.digests()].length);
  });

  test('a platform that is not there is told with those that are', async () => {
    const { registry, client } = await setup();
    await pushImage(client, randomIndex([amd64, arm('v7')]), parseReference(`${registry.host}/app:1`));
    const pull = pullImage(client, parseReference(`${registry.host}/app:1`), new MemoryStore(), {
      platform: { os: 'linux', architecture: 's390x' },
    });
    await expect(pull).rejects.toMatchObject({
      code: 'no-such-platform',
      message: expect.stringContaining('only for linux/amd64, linux/arm/v7'),
    });
  });

  test('an image without index is taken all the same, with a warning', async () => {
    const { registry, client } = await setup();
    await pushImage(client, randomImage([5]), parseReference(`${registry.host}/app:1`));
    const warnings: string[] = [];
    const progress = { ...quiet, warn: (m: string) => void warnings.push(m) };
    await pullImage(client, parseReference(`${registry.host}/app:1`), new MemoryStore(), {
      platform: arm('v7'),
      progress,
    });
    expect(warnings).toEqual([expect.stringContaining('is for linux/amd64, not for linux/arm/v7')]);
  });

  test('of an index with one image at hand, that image is pushed; with none it is refused', async () => {
    const { registry, client } = await setup();
    const index = randomIndex([amd64, arm('v7')]);
    index.content.delete(index.images[1]!.descriptor.digest);
    const warnings: string[] = [];
    const progress = { ...quiet, warn: (m: string) => void warnings.push(m) };
    const pushed = await pushImage(client, index, parseReference(`${registry.host}/app:1`), { progress });
    expect(pushed.digest).toBe(index.images[0]!.descriptor.digest);
    expect(warnings[0]).toContain('only linux/amd64 is in the store');
    index.content.delete(index.images[0]!.layers[0]!.digest);
    await expect(pushImage(client, index, parseReference(`${registry.host}/app:2`))).rejects.toMatchObject({
      code: 'not-in-store',
    });
  });
});

describe('what a registry may hold', () => {
  test("docker's own manifest types go both ways", async () => {
    const { registry, client } = await setup();
    const content = new MemoryStore();
    const layer = content.put(MEDIA.dockerLayerGzip, randomBytes(100));
    const config = content.put(
      MEDIA.dockerConfig,
      JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [layer.digest] } }),
    );
    const manifest = content.put(
      MEDIA.dockerManifest,
      JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.dockerManifest, config, layers: [layer] }),
    );
    const list = content.put(
      MEDIA.dockerIndex,
      JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.dockerIndex, manifests: [{ ...manifest, platform: amd64 }] }),
    );
    await pushImage(client, { descriptor: list, content }, parseReference(`${registry.host}/d:1`));
    expect(
      (await pullImage(client, parseReference(`${registry.host}/d:1`), new MemoryStore(), { platform: amd64 }))
        .descriptor,
    ).toEqual(list);
  });

  test('tags page by page, delete of tag, manifest and blob', async () => {
    const { registry, client } = await setup();
    const image = randomImage([10]);
    const tags = ['b', 'a', 'c', 'Z', '1.0'];
    await pushImage(client, image, parseReference(`${registry.host}/app:b`), { tags });
    const repository = client.repository(parseReference(`${registry.host}/app`));
    const list = async (): Promise<string[]> => {
      const found: string[] = [];
      for await (const tag of repository.tags({ pageSize: 2 })) found.push(tag);
      return found;
    };
    expect(await list()).toEqual(['1.0', 'Z', 'a', 'b', 'c']);
    expect(await repository.delete({ tag: 'a' })).toBe(true);
    expect(await repository.delete({ tag: 'a' })).toBe(false);
    expect(await repository.delete({ manifest: image.descriptor.digest })).toBe(true);
    expect(await list()).toEqual([]);
    expect(await repository.delete({ blob: image.layers[0]!.digest })).toBe(true);
    expect(await repository.has(image.layers[0]!)).toBe(false);
    await expect(repository.resolve('b')).rejects.toMatchObject({
      code: 'not-found',
      message: expect.stringContaining('/app:b is not in the registry'),
    });
  });

  test('what refers to an image is found, by type', async () => {
    const { registry, client } = await setup();
    const image = randomImage([10]);
    const repository = client.repository(parseReference(`${registry.host}/app:1`));
    await pushImage(client, image, repository.reference);
    const empty = describeBytes(MEDIA.ociEmpty, '{}');
    await repository.push(empty, Readable.from([Buffer.from('{}')]));
    const artifact = async (artifactType: string): Promise<Descriptor> =>
      repository.pushManifest(
        Buffer.from(
          JSON.stringify({
            schemaVersion: 2,
            mediaType: MEDIA.ociManifest,
            artifactType,
            config: empty,
            layers: [empty],
            subject: image.descriptor,
            annotations: { a: artifactType },
          }),
        ),
        MEDIA.ociManifest,
      );
    const sbom = await artifact('application/sbom');
    await artifact('application/signature');
    expect(await repository.referrers(image.descriptor)).toHaveLength(2);
    expect(await repository.referrers(image.descriptor, { artifactType: 'application/sbom' })).toEqual([
      { ...sbom, artifactType: 'application/sbom', annotations: { a: 'application/sbom' } },
    ]);
    // No stand-in tag where the registry keeps the list itself.
    expect(registry.requests.some((r) => r.includes('/manifests/sha256-'))).toBe(false);
  });

  test('the original bytes of a manifest come back, whatever their layout', async () => {
    const { registry, client } = await setup();
    const image = randomImage([10]);
    const repository = client.repository(parseReference(`${registry.host}/app:1`));
    await pushImage(client, image, repository.reference);
    const pretty = Buffer.from(
      `${JSON.stringify(JSON.parse((await readBlob(image.content, image.descriptor)).toString()), undefined, 3)}\n`,
    );
    await repository.pushManifest(pretty, MEDIA.ociManifest, 'pretty');
    expect((await repository.manifest('pretty')).bytes).toEqual(pretty);
    expect((await repository.resolve('pretty')).digest).toBe(sha256(pretty));
  });
});

describe('progress', () => {
  test('every blob is told about, those that are there as cached', async () => {
    const { registry, client } = await setup();
    const image = randomImage([50_000, 60_000]);
    const reference = parseReference(`${registry.host}/app:1`);
    const seen: string[] = [];
    const progress: Progress = {
      ...quiet,
      start: ({ name }) => ({
        ...quiet.start({ name }),
        progress: (n, total) => n === total && seen.push(`${name.split(' ')[0]} ${total}`),
        done: (r) => void (r?.cached && seen.push('cached')),
      }),
    };
    await pushImage(client, image, reference, { progress });
    const store = new MemoryStore();
    await pullImage(client, reference, store, { progress });
    expect(
      seen
        .filter((s) => s.endsWith(' 50000') || s.endsWith(' 60000'))
        .sort()
        .filter((s, i, all) => s !== all[i - 1]),
    ).toEqual(['pull 50000', 'pull 60000', 'push 50000', 'push 60000']);
    seen.length = 0;
    await pullImage(client, reference, store, { progress });
    expect(seen).toEqual(['cached', 'cached', 'cached']);
  });

  test('cancelling a pull ends it, and nothing goes on', async () => {
    const { registry, client } = await setup();
    await pushImage(client, randomImage([5_000_000, 5_000_000]), parseReference(`${registry.host}/app:1`));
    const abort = new AbortController();
    const progress: Progress = {
      ...quiet,
      start: (info) => ({ ...quiet.start(info), progress: () => abort.abort(new Error('enough')) }),
    };
    await expect(
      pullImage(client, parseReference(`${registry.host}/app:1`), new MemoryStore(), {
        progress,
        signal: abort.signal,
      }),
    ).rejects.toThrow('enough');
  });
});

const quiet: Progress = { start: () => ({ output() {}, progress() {}, note() {}, done() {}, fail() {} }), warn() {} };

test('what is not there can be asked for any number of times: a refusal gives its connection back', async () => {
  await using registry = await startRegistry();
  const client = registryClient();
  const repository = client.repository(parseReference(`${registry.host}/nothing`));
  for (let i = 0; i < 100; i++) await expect(repository.resolve('nope')).rejects.toMatchObject({ code: 'not-found' });
  client.close();
});
