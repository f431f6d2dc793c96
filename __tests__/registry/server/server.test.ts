import { randomBytes } from 'node:crypto';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sha256 } from '../../../src/oci/digest.ts';
import { MEDIA } from '../../../src/oci/media-type.ts';
import { RegistryServer } from '../../../src/registry/server/server.ts';
import { startRegistry, type TestRegistry } from '../../helpers/registry.ts';

let registry: TestRegistry;
beforeEach(async () => {
  registry = await startRegistry();
});
afterEach(() => registry.close());

async function ask(
  method: string,
  path: string,
  options: { body?: Buffer | string; headers?: Record<string, string>; url?: string } = {},
): Promise<{ status: number; headers: Headers; body: Buffer; json: () => unknown }> {
  const response = await fetch(`${options.url ?? registry.url}${path}`, {
    method,
    body: options.body as never,
    headers: options.headers ?? {},
    redirect: 'manual',
  });
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers: response.headers, body, json: () => JSON.parse(body.toString()) };
}

const codeOf = (answer: { json: () => unknown }): string =>
  (answer.json() as { errors: { code: string }[] }).errors[0]!.code;

async function pushBlob(repository: string, bytes: Buffer): Promise<string> {
  const digest = sha256(bytes);
  expect((await ask('POST', `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: bytes })).status).toBe(201);
  return digest;
}

async function pushImage(
  repository: string,
  tag: string,
  extra: object = {},
): Promise<{ digest: string; manifest: Buffer; layer: string }> {
  const [layerBytes, configBytes] = [randomBytes(500), Buffer.from('{}')];
  const layer = await pushBlob(repository, layerBytes);
  const config = await pushBlob(repository, configBytes);
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.ociManifest,
      config: { mediaType: MEDIA.ociConfig, digest: config, size: 2 },
      layers: [{ mediaType: MEDIA.ociLayer, digest: layer, size: 500 }],
      ...extra,
    }),
  );
  const put = await ask('PUT', `/v2/${repository}/manifests/${tag}`, {
    body: manifest,
    headers: { 'content-type': MEDIA.ociManifest },
  });
  expect(put.status).toBe(201);
  return { digest: sha256(manifest), manifest, layer };
}

test('the base says that it is a registry', async () => {
  const base = await ask('GET', '/v2/');
  expect(base.status).toBe(200);
  expect(base.headers.get('docker-distribution-api-version')).toBe('registry/2.0');
  expect((await ask('GET', '/')).status).toBe(404);
  expect(codeOf(await ask('POST', '/v2/'))).toBe('UNSUPPORTED');
});

describe('uploads', () => {
  const bytes = randomBytes(100_000);
  const digest = sha256(bytes);

  async function begin(): Promise<string> {
    const begun = await ask('POST', '/v2/a/b/blobs/uploads/');
    expect(begun.status).toBe(202);
    expect(begun.headers.get('docker-upload-uuid')).toMatch(/^[0-9a-f-]{36}$/);
    return begun.headers.get('location')!;
  }

  test('POST and PUT', async () => {
    const location = await begin();
    const put = await ask('PUT', `${location}?digest=${digest}`, { body: bytes });
    expect(put.status).toBe(201);
    expect(put.headers.get('location')).toBe(`/v2/a/b/blobs/${digest}`);
    expect((await ask('GET', `/v2/a/b/blobs/${digest}`)).body.equals(bytes)).toBe(true);
  });

  test('chunks in order; one out of order is refused with what is there', async () => {
    const location = await begin();
    const patch = (start: number, end: number): ReturnType<typeof ask> =>
      ask('PATCH', location, {
        body: bytes.subarray(start, end),
        headers: { 'content-range': `${start}-${end - 1}`, 'content-type': 'application/octet-stream' },
      });
    const first = await patch(0, 40_000);
    expect([first.status, first.headers.get('range')]).toEqual([202, '0-39999']);
    const wrong = await patch(50_000, 60_000);
    expect([wrong.status, wrong.headers.get('range'), codeOf(wrong)]).toEqual([416, '0-39999', 'RANGE_INVALID']);
    const state = await ask('GET', location);
    expect([state.status, state.headers.get('range')]).toEqual([204, '0-39999']);
    expect((await patch(40_000, 90_000)).status).toBe(202);
    expect((await ask('PUT', `${location}?digest=${digest}`, { body: bytes.subarray(90_000) })).status).toBe(201);
    expect((await ask('GET', location)).status).toBe(404);
  });

  test('a Content-Range that is none, or not the length, is refused', async () => {
    const location = await begin();
    expect((await ask('PATCH', location, { body: 'x', headers: { 'content-range': 'all' } })).status).toBe(416);
    expect(codeOf(await ask('PATCH', location, { body: 'x', headers: { 'content-range': '0-9' } }))).toBe(
      'SIZE_INVALID',
    );
  });

  test('a wrong digest is refused, and the upload is gone', async () => {
    const location = await begin();
    const put = await ask('PUT', `${location}?digest=${sha256('other')}`, { body: bytes });
    expect([put.status, codeOf(put)]).toEqual([400, 'DIGEST_INVALID']);
    expect((await ask('HEAD', `/v2/a/b/blobs/${sha256('other')}`)).status).toBe(404);
    expect((await ask('GET', location)).status).toBe(404);
  });

  test('sha512 digests are known', async () => {
    const { createHash } = await import('node:crypto');
    const long = `sha512:${createHash('sha512').update(bytes).digest('hex')}`;
    expect((await ask('PUT', `${await begin()}?digest=${long}`, { body: bytes })).status).toBe(201);
    expect((await ask('GET', `/v2/a/b/blobs/${long}`)).body.equals(bytes)).toBe(true);
  });

  test('cancel, and uploads that never were', async () => {
    const location = await begin();
    expect((await ask('DELETE', location)).status).toBe(204);
    expect(codeOf(await ask('GET', location))).toBe('BLOB_UPLOAD_UNKNOWN');
    expect((await ask('GET', '/v2/a/b/blobs/uploads/../../x')).status).toBe(404);
    expect((await ask('PATCH', location.replace('/a/b/', '/other/'), { body: 'x' })).status).toBe(404);
  });

  test('what came before a broken connection stays, also when the server is started again', async () => {
    const location = await begin();
    await new Promise<void>((done) => {
      const sending = request(`${registry.url}${location}`, {
        method: 'PATCH',
        headers: { 'content-length': 100_000 },
      });
      sending.on('error', () => done());
      sending.write(bytes.subarray(0, 30_000), () => setTimeout(() => sending.destroy(), 50));
    });
    await eventually(async () => expect((await ask('GET', location)).headers.get('range')).toBe('0-29999'));
    await registry.server.close();
    const again = await RegistryServer.start({ storage: registry.storage, durable: false });
    try {
      const state = await ask('GET', location, { url: again.url });
      expect(state.headers.get('range')).toBe('0-29999');
      const put = await ask('PUT', `${location}?digest=${digest}`, { body: bytes.subarray(30_000), url: again.url });
      expect(put.status).toBe(201);
    } finally {
      await again.close();
    }
  });

  test('what nobody went on with for a day is swept at the next start', async () => {
    const location = await begin();
    const id = location.split('/').at(-1)!;
    const old = new Date(Date.now() - 25 * 3600 * 1000);
    await utimes(join(registry.storage, 'uploads', id, 'data'), old, old);
    await mkdir(join(registry.storage, 'uploads', 'rubbish'));
    await begin();
    await registry.server.close();
    const again = await RegistryServer.start({ storage: registry.storage });
    await again.close();
    expect(await readdir(join(registry.storage, 'uploads'))).toHaveLength(1);
  });

  test('many clients push the same blob at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, i) =>
        ask('POST', `/v2/r${i % 4}/blobs/uploads/?digest=${digest}`, { body: bytes }),
      ),
    );
    expect(answers.map((a) => a.status)).toEqual(Array(20).fill(201));
    expect((await ask('GET', `/v2/r3/blobs/${digest}`)).body.equals(bytes)).toBe(true);
    expect(await readdir(join(registry.storage, 'uploads'))).toEqual([]);
  });

  test('a body that is larger than the disk or the request is never half a blob', async () => {
    const location = await begin();
    expect(codeOf(await ask('PUT', `${location}?digest=${digest}`, { body: bytes.subarray(0, 5) }))).toBe(
      'DIGEST_INVALID',
    );
    expect((await ask('HEAD', `/v2/a/b/blobs/${digest}`)).status).toBe(404);
  });
});

describe('blobs', () => {
  const bytes = randomBytes(1000);
  const digest = sha256(bytes);

  test.each([
    ['bytes=0-99', 206, 'bytes 0-99/1000', 0, 100],
    ['bytes=900-', 206, 'bytes 900-999/1000', 900, 1000],
    ['bytes=-10', 206, 'bytes 990-999/1000', 990, 1000],
    ['bytes=990-5000', 206, 'bytes 990-999/1000', 990, 1000],
    ['bytes=0-1,5-6', 200, null, 0, 1000],
    ['lines=1-2', 200, null, 0, 1000],
  ])('Range %s', async (range, status, contentRange, start, end) => {
    await pushBlob('a', bytes);
    const got = await ask('GET', `/v2/a/blobs/${digest}`, { headers: { range } });
    expect([got.status, got.headers.get('content-range')]).toEqual([status, contentRange]);
    expect(got.body.equals(bytes.subarray(start, end))).toBe(true);
  });

  test('a range beyond the end is refused; If-Range with another tag gives everything', async () => {
    await pushBlob('a', bytes);
    const beyond = await ask('GET', `/v2/a/blobs/${digest}`, { headers: { range: 'bytes=1000-' } });
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */1000']);
    expect(
      (await ask('GET', `/v2/a/blobs/${digest}`, { headers: { range: 'bytes=5-', 'if-range': '"other"' } })).status,
    ).toBe(200);
    expect((await ask('GET', `/v2/a/blobs/${digest}`, { headers: { 'if-none-match': `"${digest}"` } })).status).toBe(
      304,
    );
  });

  test('HEAD tells size and digest; an empty blob is a blob', async () => {
    await pushBlob('a', bytes);
    const head = await ask('HEAD', `/v2/a/blobs/${digest}`);
    expect([head.status, head.headers.get('content-length'), head.headers.get('docker-content-digest')]).toEqual([
      200,
      '1000',
      digest,
    ]);
    const empty = await pushBlob('a', Buffer.alloc(0));
    expect((await ask('GET', `/v2/a/blobs/${empty}`)).body).toHaveLength(0);
  });

  test('nobody reads through one repository what was pushed to another, but may mount it', async () => {
    await pushBlob('private/a', bytes);
    expect((await ask('GET', `/v2/b/blobs/${digest}`)).status).toBe(404);
    const mount = await ask('POST', `/v2/b/blobs/uploads/?mount=${digest}&from=private/a`);
    expect([mount.status, mount.headers.get('location')]).toEqual([201, `/v2/b/blobs/${digest}`]);
    expect((await ask('GET', `/v2/b/blobs/${digest}`)).status).toBe(200);
    expect((await ask('POST', `/v2/c/blobs/uploads/?mount=${sha256('absent')}&from=private/a`)).status).toBe(202);
  });

  test('deleted in one repository it stays in the other, and goes with the last', async () => {
    await pushBlob('a', bytes);
    await pushBlob('b', bytes);
    expect((await ask('DELETE', `/v2/a/blobs/${digest}`)).status).toBe(202);
    expect((await ask('HEAD', `/v2/a/blobs/${digest}`)).status).toBe(404);
    expect((await ask('HEAD', `/v2/b/blobs/${digest}`)).status).toBe(200);
    expect((await ask('DELETE', `/v2/b/blobs/${digest}`)).status).toBe(202);
    expect(await readdir(join(registry.storage, 'blobs', 'sha256', digest.slice(7, 9)))).toEqual([]);
    expect(codeOf(await ask('DELETE', `/v2/b/blobs/${digest}`))).toBe('BLOB_UNKNOWN');
  });
});

describe('manifests', () => {
  test('by tag and by digest, with the bytes as they were sent', async () => {
    const { digest, manifest } = await pushImage('a', 'v1');
    for (const name of ['v1', digest]) {
      const got = await ask('GET', `/v2/a/manifests/${name}`);
      expect(got.body.equals(manifest)).toBe(true);
      expect([got.headers.get('content-type'), got.headers.get('docker-content-digest')]).toEqual([
        MEDIA.ociManifest,
        digest,
      ]);
      const head = await ask('HEAD', `/v2/a/manifests/${name}`);
      expect([head.status, head.headers.get('content-length')]).toEqual([200, String(manifest.length)]);
    }
    expect(codeOf(await ask('GET', '/v2/a/manifests/v2'))).toBe('MANIFEST_UNKNOWN');
  });

  test('several tags at once', async () => {
    const { digest, manifest } = await pushImage('a', 'v1');
    const put = await ask('PUT', `/v2/a/manifests/${digest}?tag=x&tag=y`, {
      body: manifest,
      headers: { 'content-type': MEDIA.ociManifest },
    });
    expect([put.status, put.headers.get('oci-tag')]).toEqual([201, 'x, y']);
    expect((await ask('GET', '/v2/a/tags/list')).json()).toEqual({ name: 'a', tags: ['v1', 'x', 'y'] });
  });

  test.each<[string, object | string, string, string, string]>([
    ['no JSON', 'rubbish', MEDIA.ociManifest, 'x', 'MANIFEST_INVALID'],
    ['schema 1', { schemaVersion: 1 }, MEDIA.dockerSchema1, 'x', 'MANIFEST_INVALID'],
    [
      'another type than it says',
      { schemaVersion: 2, mediaType: MEDIA.dockerManifest, config: {}, layers: [] },
      MEDIA.ociManifest,
      'x',
      'MANIFEST_INVALID',
    ],
    [
      'index and manifest at once',
      { schemaVersion: 2, manifests: [], layers: [] },
      MEDIA.ociManifest,
      'x',
      'MANIFEST_INVALID',
    ],
    [
      'a blob that is missing',
      { schemaVersion: 2, config: { mediaType: MEDIA.ociConfig, digest: sha256('a'), size: 1 }, layers: [] },
      MEDIA.ociManifest,
      'x',
      'MANIFEST_BLOB_UNKNOWN',
    ],
    [
      'a child that is missing',
      { schemaVersion: 2, manifests: [{ mediaType: MEDIA.ociManifest, digest: sha256('a'), size: 1 }] },
      MEDIA.ociIndex,
      'x',
      'MANIFEST_BLOB_UNKNOWN',
    ],
    ['another digest', { schemaVersion: 2, manifests: [] }, MEDIA.ociIndex, sha256('a'), 'DIGEST_INVALID'],
    ['a bad tag', { schemaVersion: 2, manifests: [] }, MEDIA.ociIndex, '.x', 'TAG_INVALID'],
    ['a bad digest', { schemaVersion: 2, manifests: [] }, MEDIA.ociIndex, 'sha256:x', 'DIGEST_INVALID'],
  ])('%s is refused', async (_, document, type, name, code) => {
    const body = typeof document === 'string' ? document : JSON.stringify(document);
    expect(codeOf(await ask('PUT', `/v2/a/manifests/${name}`, { body, headers: { 'content-type': type } }))).toBe(code);
  });

  test('a layer whose size is not what the manifest says is refused', async () => {
    const layer = await pushBlob('a', Buffer.from('12345'));
    const config = await pushBlob('a', Buffer.from('{}'));
    const body = JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.ociManifest,
      config: { mediaType: MEDIA.ociConfig, digest: config, size: 2 },
      layers: [{ mediaType: MEDIA.ociLayer, digest: layer, size: 99 }],
    });
    expect(
      codeOf(await ask('PUT', '/v2/a/manifests/x', { body, headers: { 'content-type': MEDIA.ociManifest } })),
    ).toBe('MANIFEST_INVALID');
  });

  test('one of more than 4 MiB is refused', async () => {
    const put = await ask('PUT', '/v2/a/manifests/x', {
      body: Buffer.alloc(5 << 20, ' '),
      headers: { 'content-type': MEDIA.ociManifest },
    }).catch(() => undefined);
    expect(put?.status ?? 413).toBe(413);
  });

  test('deleting a tag keeps the manifest; deleting the manifest takes its tags', async () => {
    const { digest } = await pushImage('a', 'v1');
    const { digest: other } = await pushImage('a', 'keep');
    await ask('PUT', '/v2/a/manifests/v2', {
      body: (await ask('GET', `/v2/a/manifests/${digest}`)).body,
      headers: { 'content-type': MEDIA.ociManifest },
    });
    expect((await ask('DELETE', '/v2/a/manifests/v1')).status).toBe(202);
    expect((await ask('GET', `/v2/a/manifests/${digest}`)).status).toBe(200);
    expect((await ask('DELETE', `/v2/a/manifests/${digest}`)).status).toBe(202);
    expect((await ask('GET', '/v2/a/manifests/v2')).status).toBe(404);
    expect((await ask('GET', `/v2/a/manifests/${other}`)).status).toBe(200);
  });
});

describe('lists', () => {
  test('tags page by page', async () => {
    for (const tag of ['b', 'a', 'c', 'B']) await pushImage('a', tag);
    const first = await ask('GET', '/v2/a/tags/list?n=3');
    expect(first.json()).toEqual({ name: 'a', tags: ['B', 'a', 'b'] });
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get('link')!)![1]!;
    const second = await ask('GET', next);
    expect([second.json(), second.headers.get('link')]).toEqual([{ name: 'a', tags: ['c'] }, null]);
    expect((await ask('GET', '/v2/a/tags/list?n=0')).json()).toEqual({ name: 'a', tags: [] });
    expect(codeOf(await ask('GET', '/v2/a/tags/list?n=x'))).toBe('PAGINATION_NUMBER_INVALID');
    expect(codeOf(await ask('GET', '/v2/none/tags/list'))).toBe('NAME_UNKNOWN');
  });

  test('the catalog, with repositories inside repositories', async () => {
    for (const name of ['z', 'a/b', 'a', 'a/b/c']) await pushImage(name, 't');
    expect((await ask('GET', '/v2/_catalog')).json()).toEqual({ repositories: ['a', 'a/b', 'a/b/c', 'z'] });
    const page = await ask('GET', '/v2/_catalog?n=2&last=a');
    expect(page.json()).toEqual({ repositories: ['a/b', 'a/b/c'] });
    expect(page.headers.get('link')).toContain('last=a%2Fb%2Fc');
  });

  test('referrers, filtered by type, gone with their manifest', async () => {
    const { digest } = await pushImage('a', 'v1');
    const subject = { mediaType: MEDIA.ociManifest, digest, size: 10 };
    const sbom = await pushImage('a', 's', { artifactType: 'x/sbom', subject, annotations: { k: 'v' } });
    await pushImage('a', 't', { subject });
    const all = (await ask('GET', `/v2/a/referrers/${digest}`)).json() as { manifests: { artifactType: string }[] };
    expect(all.manifests.map((d) => d.artifactType).sort()).toEqual([MEDIA.ociConfig, 'x/sbom'].sort());
    const some = await ask('GET', `/v2/a/referrers/${digest}?artifactType=x/sbom`);
    expect(some.headers.get('oci-filters-applied')).toBe('artifactType');
    expect(some.headers.get('content-type')).toBe(MEDIA.ociIndex);
    expect((some.json() as typeof all).manifests).toEqual([
      {
        mediaType: MEDIA.ociManifest,
        digest: sbom.digest,
        size: sbom.manifest.length,
        artifactType: 'x/sbom',
        annotations: { k: 'v' },
      },
    ]);
    await ask('DELETE', `/v2/a/manifests/${sbom.digest}`);
    expect(
      ((await ask('GET', `/v2/a/referrers/${digest}?artifactType=x/sbom`)).json() as typeof all).manifests,
    ).toEqual([]);
    expect(((await ask('GET', `/v2/none/referrers/${digest}`)).json() as typeof all).manifests).toEqual([]);
  });
});

describe('names', () => {
  test.each([
    '/v2/UPPER/tags/list',
    '/v2/a//b/tags/list',
    '/v2/../../etc/tags/list',
    '/v2/_catalog2/tags/list',
    '/v2/a%2f..%2f..%2fetc/tags/list',
    `/v2/${'a'.repeat(300)}/tags/list`,
  ])('%s is refused', async (path) => {
    // fetch() would resolve the dots itself.
    const status = await new Promise<number>((resolve, reject) =>
      request(registry.url, { path }, (r) => resolve(r.resume().statusCode!))
        .on('error', reject)
        .end(),
    );
    expect([400, 404]).toContain(status);
  });

  test('keywords may be part of a name', async () => {
    await pushImage('tags/list/manifests/x', 'v1');
    expect((await ask('GET', '/v2/tags/list/manifests/x/tags/list')).json()).toEqual({
      name: 'tags/list/manifests/x',
      tags: ['v1'],
    });
  });
});

describe('rights', () => {
  test('read-only refuses every change, and reads', async () => {
    const { digest } = await pushImage('a', 'v1');
    const server = await RegistryServer.start({ storage: registry.storage, readOnly: true, delete: true });
    try {
      for (const [method, path] of [
        ['POST', '/v2/a/blobs/uploads/'],
        ['PUT', '/v2/a/manifests/x'],
        ['DELETE', `/v2/a/manifests/${digest}`],
      ] as const) {
        expect(codeOf(await ask(method, path, { url: server.url }))).toBe('UNSUPPORTED');
      }
      expect((await ask('GET', '/v2/a/manifests/v1', { url: server.url })).status).toBe(200);
    } finally {
      await server.close();
    }
  });

  test('nothing is deleted without --delete', async () => {
    const { digest } = await pushImage('a', 'v1');
    await registry.server.close();
    const server = await RegistryServer.start({ storage: registry.storage });
    try {
      expect((await ask('DELETE', `/v2/a/manifests/${digest}`, { url: server.url })).status).toBe(405);
    } finally {
      await server.close();
    }
  });

  test('a port that is taken is told', async () => {
    const storage = join(registry.storage, '..', 'other');
    for (let time = 0; time < 2; time++) {
      await expect(RegistryServer.start({ storage, port: registry.server.port })).rejects.toMatchObject({
        code: 'cannot-listen',
      });
    }
  });

  test('a folder has one registry that writes, and is free again after it', async () => {
    await expect(RegistryServer.start({ storage: registry.storage })).rejects.toMatchObject({
      code: 'in-use',
      message: expect.stringContaining(`another registry (process ${process.pid}) serves this folder`),
    });
    await (await RegistryServer.start({ storage: registry.storage, readOnly: true })).close();
    await registry.server.close();
    await (await RegistryServer.start({ storage: registry.storage })).close();
  });
});

test('half-written files of a crash are never seen', async () => {
  const { digest } = await pushImage('a', 'v1');
  await writeFile(join(registry.storage, 'repositories', 'a', '_tags', '.tmp-1-v9'), 'sha');
  await writeFile(join(registry.storage, 'repositories', 'a', '_manifests', 'sha256', '.tmp-1'), 'x');
  expect((await ask('GET', '/v2/a/tags/list')).json()).toEqual({ name: 'a', tags: ['v1'] });
  expect((await ask('GET', `/v2/a/manifests/${digest}`)).status).toBe(200);
});

async function eventually(check: () => Promise<void>): Promise<void> {
  for (let i = 0; ; i++) {
    try {
      return await check();
    } catch (error) {
      if (i > 50) throw error;
      await new Promise((next) => setTimeout(next, 20));
    }
  }
}
