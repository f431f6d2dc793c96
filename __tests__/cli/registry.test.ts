import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { copyGraph } from '../../src/content/copy.ts';
import type { Image } from '../../src/content/store.ts';
import { Http } from '../../src/http.ts';
import { formatReference, parseReference } from '../../src/oci/reference.ts';
import { searchHub } from '../../src/registry/search.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { randomImage, randomIndex } from '../helpers/test-image.ts';

const folder = await scratchFolder('cli-registry');
let next = 0;
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const part of open.splice(0).reverse()) await part.close();
});

async function setUp(
  options: Parameters<typeof startRegistry>[0] = {},
): Promise<{ cli: CommandLine; registry: TestRegistry }> {
  const registry = await startRegistry(options);
  open.push(registry);
  return { cli: new CommandLine(join(folder, `cli-${next++}`)), registry };
}

async function keep(cli: CommandLine, image: Image, ...names: string[]): Promise<void> {
  const engine = await cli.engine;
  await copyGraph(image.content, await engine.content(), image.descriptor);
  for (const name of names) await (await engine.refs()).set(formatReference(parseReference(name)), image.descriptor);
}

const short = (digest: string): string => digest.slice(7, 19);
const amd64 = { os: 'linux', architecture: 'amd64' };
const arm64 = { os: 'linux', architecture: 'arm64' };

describe('registry serve', () => {
  test.each([
    [['--storage', '/dev/null/x'], 74, 'cannot keep images in /dev/null/x'],
    [['--htpasswd', '/nonexistent'], 74, 'cannot read the users in /nonexistent'],
    [['--tls-cert', '/nonexistent', '--tls-key', '/nonexistent'], 125, '--tls-cert: cannot read /nonexistent'],
  ])('%p is told as what it is', async (flags, code, message) => {
    const { cli } = await setUp();
    const result = await cli.run(['registry', 'serve', '--listen', '127.0.0.1:0', ...flags]);
    expect([result.code, result.stderr]).toEqual([code, expect.stringContaining(message)]);
  });
});

describe('push and pull', () => {
  test("say what docker says, and bring the image to another machine's store", async () => {
    const { cli, registry } = await setUp();
    const image = randomImage([5000], amd64);
    const name = `${registry.host}/team/app:1`;
    await keep(cli, image, name);
    const layer = short(image.layers[0]!.digest);
    const pushed = `1: digest: ${image.descriptor.digest} size: ${image.descriptor.size}`;
    expect(await cli.ok(['push', name])).toBe(
      `The push refers to repository [${registry.host}/team/app]\n${layer}: Preparing\n${layer}: Pushed\n${pushed}\n`,
    );
    expect(await cli.ok(['push', name])).toContain(`${layer}: Layer already exists\n${pushed}`);

    const other = new CommandLine(join(folder, `cli-${next++}`));
    const out = await other.ok(['pull', '--platform', 'linux/amd64', name]);
    expect(out).toBe(
      `1: Pulling from team/app\n${layer}: Pulling fs layer\n${layer}: Pull complete\nDigest: ${image.descriptor.digest}\nStatus: Downloaded newer image for ${name}\n${name}\n`,
    );
    expect(await other.ok(['pull', '--platform', 'linux/amd64', name])).toContain(
      `Status: Image is up to date for ${name}`,
    );
    expect(await other.ok(['pull', '-q', '--platform', 'linux/amd64', name])).toBe(`${name}\n`);
    expect(await (await (await other.engine).refs()).get(name)).toEqual(image.descriptor);
  });

  test('a second repository of the same registry gets the layers by mount', async () => {
    const { cli, registry } = await setUp();
    await keep(cli, randomImage([5000], amd64), `${registry.host}/one:1`, `${registry.host}/two:1`);
    await cli.ok(['push', '-q', `${registry.host}/one:1`]);
    expect(await cli.ok(['push', `${registry.host}/two:1`])).toContain('Mounted from one');
  });

  test('all tags, both ways', async () => {
    const { cli, registry } = await setUp();
    const name = `${registry.host}/app`;
    await keep(cli, randomImage([10], amd64), `${name}:a`, `${name}:b`);
    await keep(cli, randomImage([11], amd64), `${name}:c`, `${registry.host}/app/other:d`);
    expect((await cli.ok(['push', '-a', '-q', name])).trim().split('\n').sort()).toEqual([
      `${name}:a`,
      `${name}:b`,
      `${name}:c`,
    ]);
    const other = new CommandLine(join(folder, `cli-${next++}`));
    await other.ok(['pull', '-a', '-q', '--platform', 'linux/amd64', name]);
    expect((await (await (await other.engine).refs()).list()).map((r) => r.name).sort()).toEqual([
      `${name}:a`,
      `${name}:b`,
      `${name}:c`,
    ]);
  });

  test('one platform of several, and all of them', async () => {
    const { cli, registry } = await setUp();
    const index = randomIndex([amd64, arm64]);
    const name = `${registry.host}/multi:1`;
    await keep(cli, index, name);
    await cli.ok(['push', '-q', name]);
    expect(await cli.ok(['push', '--platform', 'linux/arm64', name])).toContain(
      `digest: ${index.images[1]!.descriptor.digest}`,
    );
    await cli.ok(['push', '-q', name]);
    const other = new CommandLine(join(folder, `cli-${next++}`));
    const has = async (): Promise<boolean[]> => {
      const store = await (await other.engine).content();
      return Promise.all(index.images.map((i) => store.has(i.descriptor)));
    };
    await other.ok(['pull', '-q', '--platform', 'linux/arm64', name]);
    expect(await has()).toEqual([false, true]);
    // Only that one can be pushed on.
    expect((await other.run(['push', name])).stderr).toContain('only linux/arm64 is in the store');
    await cli.ok(['push', '-q', name]);
    await other.ok(['pull', '-q', '--platform', 'all', name]);
    expect(await has()).toEqual([true, true]);
    const wrong = await other.run(['pull', '--platform', 's390x', name]);
    expect([wrong.code, wrong.stderr]).toEqual([
      expect.any(Number),
      expect.stringContaining('only for linux/amd64, linux/arm64'),
    ]);
  });

  test('bad names and missing images are told, and nothing is left', async () => {
    const { cli, registry } = await setUp();
    const missing = await cli.run(['pull', `${registry.host}/none:1`]);
    expect(missing.code).not.toBe(0);
    expect(missing.stderr).toContain(`${registry.host}/none:1 is not in the registry`);
    expect((await cli.run(['push', `${registry.host}/none`])).stderr).toContain(
      `An image does not exist locally with the tag: ${registry.host}/none:latest`,
    );
    expect((await cli.run(['pull', 'team/App'])).stderr).toContain('use team/app');
    expect((await cli.run(['pull', '-a', `${registry.host}/x:1`])).stderr).toContain(
      "tag can't be used with --all-tags",
    );
    expect((await cli.run(['pull', '127.0.0.1:1/x'])).stderr).toContain('refuses connections');
    expect(await (await (await cli.engine).refs()).list()).toEqual([]);
  });
});

describe('login and logout', () => {
  async function withUsers(): Promise<{ cli: CommandLine; registry: TestRegistry; config: () => Promise<string> }> {
    const users = join(folder, `users-${next}`);
    await writeFile(users, `anna:{SHA}${createHash('sha1').update('geheim').digest('base64')}\n`);
    const { cli, registry } = await setUp({ htpasswd: users });
    return { cli, registry, config: () => readFile(join(cli.folder, 'docker', 'config.json'), 'utf8') };
  }

  test('a password from stdin is checked, kept, used and forgotten', async () => {
    const { cli, registry, config } = await withUsers();
    const refused = await cli.run(['search', `${registry.host}/`]);
    expect(refused.stderr).toContain(`log in first: containerize login ${registry.host}`);
    const login = await cli.run(['login', registry.host, '-u', 'anna', '--password-stdin'], 'geheim\n');
    expect([login.code, login.stdout]).toEqual([0, 'Login Succeeded\n']);
    expect(login.stderr).toContain('unencrypted');
    expect(JSON.parse(await config())).toEqual({
      auths: { [registry.host]: { auth: Buffer.from('anna:geheim').toString('base64') } },
    });
    // A second engine, as the next command would be.
    expect(await new CommandLine(cli.folder).ok(['search', `${registry.host}/`])).toContain('NAME');
    expect(await new CommandLine(cli.folder).ok(['login', registry.host])).toBe('Login Succeeded\n');
    expect(await cli.ok(['logout', registry.host])).toBe(`Removing login credentials for ${registry.host}\n`);
    expect(await cli.ok(['logout', registry.host])).toBe(`Not logged in to ${registry.host}\n`);
  });

  test('a wrong password is not kept, and not shown', async () => {
    const { cli, registry, config } = await withUsers();
    const login = await cli.run(['login', registry.host, '-u', 'anna', '-p', 'topsecret']);
    expect(login.code).not.toBe(0);
    expect(login.stderr).toContain('Using --password via the CLI is insecure');
    expect(login.stderr).toContain('401');
    expect(login.stderr).not.toContain('topsecret');
    await expect(config()).rejects.toThrow('ENOENT');
  });

  test('a terminal is asked for what is missing', async () => {
    const { cli, registry } = await withUsers();
    cli.terminal = { stdin: true, stdout: true, stderr: true };
    const login = await cli.run(['login', registry.host], 'anna\ngeheim\n');
    expect(login.stdout).toBe('Login Succeeded\n');
    expect(login.stderr).toContain(`Username for ${registry.host}: `);
    expect(login.stderr).toContain('Password: ');
  });

  test.each([
    [['-u', 'a', '-p', 'b', '--password-stdin'], 'mutually exclusive'],
    [['--password-stdin'], 'Must provide --username'],
    [[], 'Cannot perform an interactive login from a non TTY device'],
    [['-u', ''], 'non TTY'],
  ])('%j is refused: %s', async (flags, message) => {
    const { cli, registry } = await withUsers();
    const login = await cli.run(['login', registry.host, ...flags]);
    expect(login.code).not.toBe(0);
    expect(login.stderr).toContain(message);
  });
});

describe('search', () => {
  test("a registry's catalog", async () => {
    const { cli, registry } = await setUp();
    await keep(
      cli,
      randomImage([10], amd64),
      `${registry.host}/web/front:1`,
      `${registry.host}/web/back:1`,
      `${registry.host}/db:1`,
    );
    for (const name of ['web/front', 'web/back', 'db']) await cli.ok(['push', '-q', `${registry.host}/${name}:1`]);
    const names = ['search', '--format', '{{.Name}}'];
    expect(await cli.ok([...names, `${registry.host}/web`])).toBe(
      `${registry.host}/web/back\n${registry.host}/web/front\n`,
    );
    expect(await cli.ok([...names, '--limit', '1', `${registry.host}/`])).toBe(`${registry.host}/db\n`);
    expect((await cli.run(['search', '--limit', '0', 'x'])).stderr).toContain('--limit must be 1 to 100');
    expect((await cli.run(['search', '--filter', 'color=red', 'x'])).stderr).toContain('expected stars=N');
  });

  test('Docker Hub, as its daemon asks it', async () => {
    const asked: string[] = [];
    const hub = createServer((request, response) => {
      asked.push(request.url!);
      response.end(
        JSON.stringify({
          num_results: 1,
          results: [
            { name: 'nginx', description: 'Official build', star_count: 20000, is_official: true, is_automated: false },
          ],
        }),
      );
    });
    await new Promise<void>((ready) => hub.listen(0, '127.0.0.1', ready));
    const http = new Http();
    open.push({ close: () => hub.close().closeAllConnections() }, http);
    const url = `http://127.0.0.1:${(hub.address() as AddressInfo).port}/v1/search`;
    expect(await searchHub(http, 'nginx', 3, { url })).toEqual([
      { name: 'nginx', description: 'Official build', stars: 20000, official: true, automated: false },
    ]);
    expect(asked).toEqual(['/v1/search?q=nginx&n=3']);
  });
});

test('registry serve refuses what it cannot do', async () => {
  const { cli, registry } = await setUp();
  expect((await cli.run(['registry', 'serve', '--listen', 'nonsense'])).stderr).toContain('expected [HOST]:PORT');
  expect((await cli.run(['registry', 'serve', '--tls-cert', 'x'])).stderr).toContain('belong together');
  expect((await cli.run(['registry', 'serve', '--listen', registry.host])).stderr).toContain('another program does');
  await writeFile(join(folder, 'bad-users'), 'anna:plain\n');
  expect(
    (await cli.run(['registry', 'serve', '--htpasswd', join(folder, 'bad-users'), '--listen', '0'])).stderr,
  ).toContain('make it with htpasswd -B');
});
