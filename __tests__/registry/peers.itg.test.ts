import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { copyGraph } from '../../src/content/copy.ts';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { MemoryStore } from '../../src/content/memory-store.ts';
import { Refs } from '../../src/content/refs.ts';
import { formatReference, parseReference } from '../../src/oci/reference.ts';
import { pullImage } from '../../src/registry/pull.ts';
import { pushImage } from '../../src/registry/push.ts';
import { startFaultProxy } from '../helpers/fault-proxy.ts';
import { makeScratch } from '../helpers/make-scratch.ts';
import { startRegistry } from '../helpers/registry.ts';
import { registryClient } from '../helpers/registry-client.ts';
import { randomImage, randomIndex } from '../helpers/test-image.ts';

/** Peers from Debian packages: `apt-get install docker-registry skopeo apache2-utils`. */
const run = promisify(execFile);
let folder: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  folder = makeScratch('peers');
});
afterEach(async () => {
  for (const child of started.splice(0)) {
    const ended = new Promise((done) => child.on('exit', done));
    child.kill('SIGKILL');
    await ended;
  }
  await rm(folder, { recursive: true });
});

const amd64 = { os: 'linux', architecture: 'amd64' };

/** Debian's docker-registry on a free port. */
async function debianRegistry(options: { htpasswd?: boolean } = {}): Promise<string> {
  const port = await freePort();
  const lines = [
    'version: 0.1',
    'log: {level: error}',
    'storage:',
    `  filesystem: {rootdirectory: ${folder}/storage}`,
    '  delete: {enabled: true}',
    'http:',
    `  addr: 127.0.0.1:${port}`,
  ];
  if (options.htpasswd) {
    execFileSync('htpasswd', ['-cbB', join(folder, 'users'), 'anna', 'geheim'], { stdio: 'ignore' });
    lines.push('auth:', `  htpasswd: {realm: basic-realm, path: ${folder}/users}`);
  }
  await writeFile(join(folder, 'config.yml'), `${lines.join('\n')}\n`);
  started.push(spawn('docker-registry', ['serve', join(folder, 'config.yml')], { stdio: 'ignore' }));
  for (let i = 0; i < 200; i++) {
    if (await fetch(`http://127.0.0.1:${port}/v2/`).catch(() => undefined)) return `127.0.0.1:${port}`;
    await new Promise((next) => setTimeout(next, 25));
  }
  throw new Error('docker-registry did not start');
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

describe("our client and Debian's docker-registry", () => {
  test.each([{ htpasswd: false }, { htpasswd: true }])(
    'push, chunks, mount, tags, pull, delete (%j)',
    async (options) => {
      const host = await debianRegistry(options);
      const client = registryClient({
        credentials: { get: async () => (options.htpasswd ? { username: 'anna', password: 'geheim' } : undefined) },
      });
      try {
        await client.checkLogin(host);
        const index = randomIndex([amd64, { os: 'linux', architecture: 'arm64' }], [400_000, 100]);
        const reference = parseReference(`${host}/team/app:v1`);
        expect(await pushImage(client, index, reference, { tags: ['v2', 'v3'] })).toEqual(index.descriptor);
        await pushImage(client, randomImage([250_001]), { ...reference, tag: 'chunked' }, { chunkSize: 100_000 });
        const repository = client.repository(reference);
        const tags: string[] = [];
        for await (const tag of repository.tags({ pageSize: 2 })) tags.push(tag);
        expect(tags.sort()).toEqual(['chunked', 'v1', 'v2', 'v3']);
        const store = new MemoryStore();
        await pullImage(client, reference, store, { platform: 'all' });
        expect([...store.digests()].sort()).toEqual([...index.content.digests()].sort());
        expect(
          await client.repository(parseReference(`${host}/other`)).mount(index.images[0]!.layers[0]!, 'team/app'),
        ).toBe(true);
        expect(await repository.delete({ manifest: index.descriptor.digest })).toBe(true);
        await expect(repository.resolve('v1')).rejects.toMatchObject({ code: 'not-found' });
        expect(await repository.referrers(index.descriptor)).toEqual([]);
      } finally {
        client.close();
      }
    },
  );

  test('a wrong password is told', async () => {
    const host = await debianRegistry({ htpasswd: true });
    const client = registryClient({ credentials: { get: async () => ({ username: 'anna', password: 'falsch' }) } });
    try {
      await expect(client.checkLogin(host)).rejects.toMatchObject({ code: 'login-failed' });
      await expect(pushImage(client, randomImage([10]), parseReference(`${host}/app:1`))).rejects.toMatchObject({
        code: 'unauthorized',
      });
    } finally {
      client.close();
    }
  });

  // It forgets what came in a request that broke: an upload begins anew there.
  test('broken connections: uploads begin anew, downloads go on where they were', async () => {
    const host = await debianRegistry();
    await using proxy = await startFaultProxy(`http://${host}`);
    const client = registryClient();
    try {
      const image = randomImage([3_000_000]);
      await client
        .repository(parseReference(`${host}/app`))
        .push(image.config, await image.content.fetch(image.config));
      proxy.add({ method: 'PUT', path: /uploads/, resetRequestAfter: 1_200_000, times: 2 });
      await pushImage(client, image, parseReference(`${proxy.host}/app:1`));
      proxy.add({ method: 'GET', path: new RegExp(image.layers[0]!.digest), resetAfter: 1_000_000, times: 2 });
      const store = new MemoryStore();
      await pullImage(client, parseReference(`${proxy.host}/app:1`), store);
      expect(await store.has(image.layers[0]!)).toBe(true);
      expect(proxy.left()).toEqual([]);
    } finally {
      client.close();
    }
  });
});

describe('skopeo and the embedded registry', () => {
  async function layoutOf(image: ReturnType<typeof randomImage> | ReturnType<typeof randomIndex>): Promise<string> {
    const path = join(folder, 'layout');
    const store = await LayoutStore.open(path);
    await copyGraph(image.content, store, image.descriptor);
    await new Refs(store).set(formatReference(parseReference('docker.io/library/x:v1')), image.descriptor);
    return `oci:${path}:docker.io/library/x:v1`;
  }

  test('what skopeo pushed we pull, what we pushed skopeo pulls, lists and deletes', async () => {
    await using registry = await startRegistry();
    const client = registryClient();
    try {
      const index = randomIndex([amd64, { os: 'linux', architecture: 'arm64' }], [200_000]);
      await run('skopeo', [
        'copy',
        '--all',
        '--preserve-digests',
        '--dest-tls-verify=false',
        await layoutOf(index),
        `docker://${registry.host}/by/skopeo:v1`,
      ]);
      const store = new MemoryStore();
      expect(
        (await pullImage(client, parseReference(`${registry.host}/by/skopeo:v1`), store, { platform: 'all' }))
          .descriptor,
      ).toEqual(index.descriptor);

      const image = randomImage([300_000, 0]);
      await pushImage(client, image, parseReference(`${registry.host}/by/us:v1`));
      await run('skopeo', [
        'copy',
        '--src-tls-verify=false',
        `docker://${registry.host}/by/us:v1`,
        `dir:${folder}/dir`,
      ]);
      expect(JSON.parse(await readFile(join(folder, 'dir', 'manifest.json'), 'utf8')).layers).toEqual(image.layers);
      const { stdout } = await run('skopeo', ['list-tags', '--tls-verify=false', `docker://${registry.host}/by/us`]);
      expect(JSON.parse(stdout).Tags).toEqual(['v1']);
      await run('skopeo', [
        'copy',
        '--src-tls-verify=false',
        '--dest-tls-verify=false',
        `docker://${registry.host}/by/us:v1`,
        `docker://${registry.host}/by/mount:v1`,
      ]);
      await run('skopeo', ['delete', '--tls-verify=false', `docker://${registry.host}/by/us:v1`]);
      await expect(client.repository(parseReference(`${registry.host}/by/us`)).resolve('v1')).rejects.toMatchObject({
        code: 'not-found',
      });
    } finally {
      client.close();
    }
  });

  test('with users, and over TLS', async () => {
    execFileSync('htpasswd', ['-cbB', join(folder, 'users'), 'anna', 'geheim'], { stdio: 'ignore' });
    const args =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1';
    execFileSync('openssl', [...args.split(' '), '-keyout', join(folder, 'key.pem'), '-out', join(folder, 'ca.crt')], {
      stdio: 'ignore',
    });
    const tls = {
      cert: await readFile(join(folder, 'ca.crt'), 'utf8'),
      key: await readFile(join(folder, 'key.pem'), 'utf8'),
    };
    await using registry = await startRegistry({ htpasswd: join(folder, 'users'), tls });
    const target = `docker://${registry.host}/app:v1`;
    const source = await layoutOf(randomImage([1000]));
    await expect(run('skopeo', ['copy', '--dest-cert-dir', folder, source, target])).rejects.toThrow(
      /authentication required|unauthorized/i,
    );
    await expect(
      run('skopeo', ['copy', '--dest-cert-dir', folder, '--dest-creds', 'anna:falsch', source, target]),
    ).rejects.toThrow(/unauthorized|invalid username/i);
    // skopeo takes the key beside the authority for a client certificate unless it is elsewhere.
    await run('skopeo', ['copy', '--dest-cert-dir', folder, '--dest-creds', 'anna:geheim', source, target]);
    const client = registryClient({
      credentials: { get: async () => ({ username: 'anna', password: 'geheim' }) },
      http: { extraCa: [tls.cert] },
    });
    await pullImage(client, parseReference(`${registry.host}/app:v1`), new MemoryStore());
    client.close();
  });
});
