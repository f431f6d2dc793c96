import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, test } from '@jest/globals';
import { MemoryStore } from '../../src/content/memory-store.ts';
import { describe as describeBytes } from '../../src/oci/descriptor.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { parseReference } from '../../src/oci/reference.ts';
import type { RegistryClient } from '../../src/registry/client.ts';
import { pullImage } from '../../src/registry/pull.ts';
import { pushImage } from '../../src/registry/push.ts';
import type { Repository } from '../../src/registry/repository.ts';
import { type Fault, type FaultProxy, startFaultProxy } from '../helpers/fault-proxy.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { type RandomImage, randomImage } from '../helpers/test-image.ts';

const SIZE = 3_000_000;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

interface Setup {
  registry: TestRegistry;
  proxy: FaultProxy;
  client: RegistryClient;
  /** Through the proxy. */
  name: string;
  repository: Repository;
}

async function setup(...faults: Fault[]): Promise<Setup> {
  const registry = await startRegistry();
  const proxy = await startFaultProxy(registry.url);
  proxy.add(...faults);
  const client = registryClient({ http: { idleTimeoutMs: 300 } });
  open.push(registry, proxy, client);
  const name = `${proxy.host}/app:1`;
  return { registry, proxy, client, name, repository: client.repository(parseReference(name)) };
}

/** An image that is in the registry, which the proxy did not see. */
async function pushed({ registry, client }: Setup, layers = [SIZE]): Promise<RandomImage> {
  const image = randomImage(layers);
  await pushImage(client, image, parseReference(`${registry.host}/app:1`));
  return image;
}

const blob = /\/blobs\/sha256:/;

/** Faults at `blob` hit the layer, not the config. */
function atLayer(image: RandomImage, faults: readonly Fault[]): Fault[] {
  const layer = new RegExp(`/blobs/${image.layers[0]!.digest}`);
  return faults.map((fault) => (fault.path === blob ? { ...fault, path: layer } : fault));
}

describe('downloads survive', () => {
  const resume = /^bytes=\d+-$/;

  test.each<[string, Fault[]]>([
    [
      'connections that break in the middle',
      [
        { method: 'GET', path: blob, resetAfter: 1_000_000 },
        { method: 'GET', path: blob, resetAfter: 700_000 },
      ],
    ],
    ['answers that end too early', [{ method: 'GET', path: blob, truncateAfter: 1_234_567 }]],
    [
      'errors of a gateway when going on',
      [
        { method: 'GET', path: blob, resetAfter: 1_000_000 },
        { method: 'GET', path: blob, status: 502, times: 2 },
      ],
    ],
    ['too many requests', [{ path: blob, status: 429, headers: { 'retry-after': '0' }, times: 3 }]],
    ['a server that says nothing', [{ method: 'GET', path: blob, silent: true }]],
  ])('%s', async (_, faults) => {
    const all = await setup();
    const image = await pushed(all, [SIZE]);
    all.proxy.add(...atLayer(image, faults));
    const store = new MemoryStore();
    await pullImage(all.client, parseReference(all.name), store);
    expect(await store.has(image.layers[0]!)).toBe(true);
    expect(all.proxy.left()).toEqual([]);
    if (faults.some((f) => f.resetAfter !== undefined || f.truncateAfter !== undefined)) {
      const ranges = all.proxy.seen.filter((r) => blob.test(r.path) && r.headers.range !== undefined);
      expect(ranges.length).toBeGreaterThan(0);
      for (const { headers } of ranges) {
        expect(headers.range).toMatch(resume);
        expect(headers['if-range']).toMatch(/^"sha256:/);
      }
    }
  });

  test('a server that ignores Range and sends everything again', async () => {
    const all = await setup();
    const content = randomBytes(SIZE);
    const layer = describeBytes(MEDIA.ociLayerGzip, content);
    let requests = 0;
    const server = createServer((request, response) => {
      if (!blob.test(request.url!)) return void response.end();
      response.writeHead(200, { 'content-length': SIZE });
      if (++requests > 1) return void response.end(content);
      response.write(content.subarray(0, 1_000_000), () => request.socket.resetAndDestroy());
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    open.push({ close: () => new Promise((done) => server.close(done).closeAllConnections()) });
    const repository = all.client.repository(parseReference(`127.0.0.1:${(server.address() as AddressInfo).port}/app`));
    expect((await collect(await repository.fetch(layer))).equals(content)).toBe(true);
  });

  test('a redirect to storage elsewhere, which sees no credentials', async () => {
    const users = { get: async () => ({ username: 'u', password: 'p' }) };
    const storage = await setup();
    const image = await pushed(storage);
    const front = await startFaultProxy(storage.registry.url);
    const client = registryClient({ credentials: users });
    open.push(front, client);
    // The registry asks for a password; the storage must never see it.
    front.add(
      { path: /^\/v2\/$/, status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
      { method: 'GET', path: blob, redirectTo: storage.proxy.url, times: 2 },
    );
    const store = new MemoryStore();
    await pullImage(client, parseReference(`${front.host}/app:1`), store);
    expect(await store.has(image.layers[0]!)).toBe(true);
    expect(front.seen.at(-1)!.headers.authorization).toMatch(/^Basic /);
    expect(storage.proxy.seen).toHaveLength(2);
    expect(storage.proxy.seen.map((r) => r.headers.authorization)).toEqual([undefined, undefined]);
  });

  test('a slow line', async () => {
    const all = await setup();
    const image = await pushed(all, [2000]);
    all.proxy.add({ method: 'GET', path: blob, drip: { bytes: 200, everyMs: 20 }, times: 2 });
    const store = new MemoryStore();
    await pullImage(all.client, parseReference(all.name), store);
    expect(await store.has(image.layers[0]!)).toBe(true);
  });
});

describe('downloads are refused by name', () => {
  test.each<[string, Fault, string, string]>([
    ['wrong bytes', { method: 'GET', path: blob, corrupt: true, times: 9 }, 'digest-mismatch', 'expected'],
    ['an endless body', { method: 'GET', path: blob, endless: true, times: 9 }, 'size-mismatch', 'more than the'],
    [
      'a length that is not the manifest’s',
      { method: 'GET', path: blob, announce: SIZE + 5, times: 9 },
      'size-mismatch',
      'announces',
    ],
    ['a blob that stays short', { method: 'GET', path: blob, truncateAfter: 100, times: 99 }, 'truncated', 'only'],
    [
      'a compressed transfer',
      { method: 'GET', path: blob, setHeaders: { 'content-encoding': 'gzip' }, times: 9 },
      'invalid-answer',
      'Content-Encoding gzip',
    ],
    [
      'a blob that is gone',
      {
        method: 'GET',
        path: blob,
        status: 404,
        body: '{"errors":[{"code":"BLOB_UNKNOWN","message":"blob unknown"}]}',
        times: 9,
      },
      'not-found',
      'BLOB_UNKNOWN: blob unknown',
    ],
  ])('%s', async (_, fault, code, message) => {
    const all = await setup();
    const image = await pushed(all, [SIZE]);
    all.proxy.add(...atLayer(image, [fault]));
    const store = new MemoryStore();
    await expect(pullImage(all.client, parseReference(all.name), store)).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(await store.has(image.descriptor)).toBe(false);
    // The same through the content store's interface, which checks by itself.
    await expect(all.repository.fetch(image.layers[0]!).then(collect)).rejects.toMatchObject({ code });
  });

  test('a part that is not the one asked for', async () => {
    const all = await setup();
    await pushed(all);
    all.proxy.add(
      { method: 'GET', path: blob, resetAfter: 1000 },
      { method: 'GET', path: blob, resetAfter: 1000 },
      { method: 'GET', path: blob, setHeaders: { 'content-range': `bytes 0-${SIZE - 1}/${SIZE}` }, times: 9 },
    );
    await expect(pullImage(all.client, parseReference(all.name), new MemoryStore())).rejects.toMatchObject({
      code: 'invalid-answer',
    });
  });

  test.each<[string, Fault[], string]>([
    [
      'of 100 MB, announced',
      [{ method: 'HEAD', path: /manifests/, setHeaders: { 'content-length': '104857600' } }],
      'too-large',
    ],
    [
      'without end',
      [
        { method: 'HEAD', path: /manifests/, setHeaders: { 'content-type': 'text/plain' } },
        { method: 'GET', path: /manifests/, endless: true },
      ],
      'too-large',
    ],
    ['with a wrong digest', [{ method: 'GET', path: /manifests/, corrupt: true }], 'digest-mismatch'],
    [
      'of schema 1',
      [
        { method: 'HEAD', path: /manifests/, status: 200, headers: { 'content-type': MEDIA.dockerSchema1Signed } },
        {
          method: 'GET',
          path: /manifests/,
          status: 200,
          headers: { 'content-type': MEDIA.dockerSchema1Signed },
          body: '{"schemaVersion":1}',
        },
      ],
      'schema-1',
    ],
    [
      'that is no manifest',
      [
        { method: 'HEAD', path: /manifests/, status: 200, headers: { 'content-type': 'text/html' } },
        { method: 'GET', path: /manifests/, status: 200, headers: { 'content-type': 'text/html' }, body: '<html>' },
      ],
      'invalid-manifest',
    ],
  ])('a manifest %s', async (_, faults, code) => {
    const all = await setup();
    await pushed(all);
    all.proxy.add(...faults);
    await expect(pullImage(all.client, parseReference(all.name), new MemoryStore())).rejects.toMatchObject({ code });
  });

  test('lying sizes in a manifest: nothing is fetched beyond them, and no config of a gigabyte', async () => {
    const all = await setup();
    const image = await pushed(all, [1000]);
    const content = image.content;
    for (const [parts, code] of [
      [{ config: image.config, layers: [{ ...image.layers[0]!, size: 10 }] }, 'size-mismatch'],
      [{ config: image.config, layers: [{ ...image.layers[0]!, size: 2000 }] }, 'size-mismatch'],
      [{ config: { ...image.config, size: 1e9 }, layers: image.layers }, 'too-large'],
    ] as const) {
      const manifest = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociManifest, ...parts }));
      const descriptor = content.put(MEDIA.ociManifest, manifest);
      const headers = {
        'content-type': MEDIA.ociManifest,
        'docker-content-digest': descriptor.digest,
        'content-length': String(manifest.length),
      };
      all.proxy.add(
        { method: 'HEAD', path: /manifests/, status: 200, headers },
        { method: 'GET', path: /manifests/, status: 200, headers, body: manifest.toString() },
      );
      await expect(pullImage(all.client, parseReference(all.name), new MemoryStore())).rejects.toMatchObject({ code });
    }
  });

  test('a disk that cannot hold the image, before anything is fetched', async () => {
    const all = await setup();
    const image = await pushed(all, [1000]);
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MEDIA.ociManifest,
        config: image.config,
        layers: [{ ...image.layers[0]!, size: 2 ** 50 }],
      }),
    );
    const descriptor = describeBytes(MEDIA.ociManifest, manifest);
    const headers = {
      'content-type': MEDIA.ociManifest,
      'docker-content-digest': descriptor.digest,
      'content-length': String(manifest.length),
    };
    all.proxy.add(
      { method: 'HEAD', path: /manifests/, status: 200, headers },
      { method: 'GET', path: /manifests/, status: 200, headers, body: manifest.toString() },
    );
    const store = Object.assign(new MemoryStore(), { folder: '/' });
    await expect(pullImage(all.client, parseReference(all.name), store)).rejects.toMatchObject({ code: 'disk-full' });
    expect(all.proxy.seen.some((r) => blob.test(r.path))).toBe(false);
  });
});

describe('uploads survive', () => {
  const upload = /\/blobs\/uploads\/./;

  test.each<[string, Fault[], { chunkSize?: number }]>([
    ['a connection that breaks: the rest follows', [{ method: 'PUT', path: upload, resetRequestAfter: 1_500_000 }], {}],
    [
      'several',
      [
        { method: 'PUT', path: upload, resetRequestAfter: 500_000 },
        { method: 'PATCH', path: upload, resetRequestAfter: 900_000 },
        { method: 'PATCH', path: upload, resetRequestAfter: 100 },
      ],
      {},
    ],
    ['an answer that gets lost', [{ method: 'PUT', path: upload, loseAnswer: true }], {}],
    [
      'a session that was forgotten',
      [{ method: 'PUT', path: upload, status: 404, body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}' }],
      {},
    ],
    [
      'a busy registry',
      [
        { method: 'PUT', path: upload, status: 503 },
        { method: 'POST', status: 429, headers: { 'retry-after': '0' } },
      ],
      {},
    ],
    [
      'chunks that break',
      [{ method: 'PATCH', path: upload, resetRequestAfter: 300_000, times: 2 }],
      { chunkSize: 1_000_000 },
    ],
    ['a chunk whose answer gets lost', [{ method: 'PATCH', path: upload, loseAnswer: true }], { chunkSize: 1_000_000 }],
  ])('%s', async (_, faults, options) => {
    const all = await setup();
    const image = randomImage([SIZE]);
    // The config goes first, so that faults hit the layer.
    const direct = all.client.repository(parseReference(`${all.registry.host}/app:1`));
    await direct.push(image.config, await image.content.fetch(image.config));
    all.proxy.add(...faults);
    await pushImage(all.client, image, parseReference(all.name), options);
    // Of a PUT that broke, nothing may have arrived yet: it is sent again then, and no PATCH goes on with it.
    const afterPut = (faults as Fault[])[0]!.method === 'PUT';
    expect(all.proxy.left().filter(({ method }) => !(afterPut && method === 'PATCH'))).toEqual([]);
    const store = new MemoryStore();
    await pullImage(all.client, parseReference(`${all.registry.host}/app:1`), store);
    expect(await store.has(image.layers[0]!)).toBe(true);
  });

  test('what arrived is not sent again', async () => {
    const all = await setup({ method: 'PUT', path: upload, resetRequestAfter: 2_000_000 });
    await all.repository.pushBlob(...source(randomBytes(SIZE)));
    const sent = all.proxy.seen.filter((r) => r.method === 'PATCH').reduce((sum, r) => sum + r.received, 0);
    expect(sent).toBeLessThan(SIZE - 1_500_000);
  });

  test('a body that can be read only once is not sent again: the failure is told', async () => {
    const all = await setup({ method: 'PUT', path: upload, resetRequestAfter: 100_000 });
    const bytes = randomBytes(SIZE);
    const body = Readable.from([bytes]);
    await expect(all.repository.push(describeBytes('x', bytes), body)).rejects.toMatchObject({
      code: 'connection-lost',
    });
    expect(body.destroyed).toBe(true);
  });

  test('a registry that always breaks is given up by name', async () => {
    const all = await setup({
      method: 'PUT',
      path: upload,
      status: 500,
      times: 99,
      body: '{"errors":[{"code":"UNKNOWN","message":"disk on fire"}]}',
    });
    await expect(all.repository.pushBlob(...source(randomBytes(1000)))).rejects.toMatchObject({
      code: 'server-error',
      message: expect.stringContaining('disk on fire'),
    });
  });

  test('a refusal is told at once, without trying again', async () => {
    const all = await setup({
      method: 'POST',
      status: 403,
      body: '{"errors":[{"code":"DENIED","message":"no push for you"}]}',
    });
    await expect(all.repository.pushBlob(...source(randomBytes(1000)))).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringContaining('DENIED: no push for you'),
    });
    expect(all.proxy.seen.filter((r) => r.method === 'POST')).toHaveLength(1);
  });

  test('bytes that changed on disk are refused by the registry, and told', async () => {
    const all = await setup();
    const bytes = randomBytes(1000);
    const [descriptor] = source(bytes);
    const damaged = async (): Promise<Readable> => Readable.from([Buffer.alloc(1000)]);
    await expect(all.repository.pushBlob(descriptor, damaged)).rejects.toMatchObject({ code: 'digest-mismatch' });
  });
});

describe('mirrors', () => {
  async function mirrored(): Promise<Setup & { mirror: FaultProxy; through: RegistryClient }> {
    const all = await setup();
    const mirror = await startFaultProxy(all.registry.url);
    const through = registryClient({ config: { mirrors: { [all.proxy.host]: [mirror.url] } } });
    open.push(mirror, through);
    return { ...all, mirror, through };
  }

  test('are asked first, and the registry only when they cannot help', async () => {
    const all = await mirrored();
    const image = await pushed(all, [1000]);
    await pullImage(all.through, parseReference(all.name), new MemoryStore());
    expect(all.proxy.seen).toEqual([]);
    all.mirror.add({ path: /manifests/, status: 404 }, { path: blob, status: 500, times: 9 });
    const store = new MemoryStore();
    await pullImage(all.through, parseReference(all.name), store);
    expect(await store.has(image.layers[0]!)).toBe(true);
    expect(all.proxy.seen.length).toBeGreaterThan(0);
  });

  test('that are down are no failure', async () => {
    const all = await setup();
    await pushed(all, [10]);
    const through = registryClient({ config: { mirrors: { [all.proxy.host]: ['http://127.0.0.1:1'] } } });
    open.push(through);
    await pullImage(through, parseReference(all.name), new MemoryStore());
  });

  test("serve Docker Hub's images under their long names", async () => {
    const all = await setup();
    const image = randomImage([10]);
    await pushImage(all.client, image, parseReference(`${all.registry.host}/library/hello:1`));
    const through = registryClient({ config: { mirrors: { 'docker.io': [all.proxy.url] } } });
    open.push(through);
    expect((await pullImage(through, parseReference('hello:1'), new MemoryStore())).descriptor).toEqual(
      image.descriptor,
    );
    expect(all.proxy.seen.some((r) => r.path === '/v2/library/hello/manifests/1')).toBe(true);
  });

  test('are never pushed to', async () => {
    const all = await mirrored();
    await pushImage(all.through, randomImage([10]), parseReference(all.name));
    expect(all.mirror.seen).toEqual([]);
  });
});

test('a registry that is down is told by name', async () => {
  const client = registryClient();
  open.push(client);
  await expect(pullImage(client, parseReference('127.0.0.1:1/app:1'), new MemoryStore())).rejects.toMatchObject({
    code: 'connect-failed',
  });
});

test('a registry without referrers API: the list is kept under a tag, for others to find', async () => {
  const all = await setup();
  const image = await pushed(all, [10]);
  all.proxy.add({ path: /referrers/, status: 404, times: 99 });
  // Such a registry does not confirm the subject either.
  const noSubject: Fault = { method: 'PUT', path: /manifests/, setHeaders: { 'oci-subject': '' } };
  const empty = describeBytes(MEDIA.ociEmpty, '{}');
  await all.repository.push(empty, Readable.from([Buffer.from('{}')]));
  for (const artifactType of ['a/sbom', 'a/signature']) {
    const manifest = {
      schemaVersion: 2,
      mediaType: MEDIA.ociManifest,
      artifactType,
      config: empty,
      layers: [empty],
      subject: image.descriptor,
    };
    all.proxy.add(noSubject);
    await all.repository.pushManifest(Buffer.from(JSON.stringify(manifest)), MEDIA.ociManifest);
  }
  expect(all.proxy.seen.some((r) => r.path.endsWith(`/manifests/${image.descriptor.digest.replace(':', '-')}`))).toBe(
    true,
  );
  expect((await all.repository.referrers(image.descriptor)).map((d) => d.artifactType)).toEqual([
    'a/sbom',
    'a/signature',
  ]);
  expect(await all.repository.referrers(image.descriptor, { artifactType: 'a/sbom' })).toHaveLength(1);
});

function source(bytes: Buffer): [ReturnType<typeof describeBytes>, (start: number, end: number) => Promise<Readable>] {
  return [
    describeBytes('application/octet-stream', bytes),
    async (start, end) => Readable.from([bytes.subarray(start, end)], { objectMode: false }),
  ];
}

async function collect(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
