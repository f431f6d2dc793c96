import { execFileSync } from 'node:child_process';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('cli-images');
let next = 0;

async function setUp() {
  const cli = new CommandLine(join(folder, `cli-${next++}`));
  const engine = await cli.engine;
  const [store, refs] = [await engine.content(), await engine.refs()];
  const old = await busyboxImage(store, { created: '2020-01-01T00:00:00Z', config: { Labels: { tier: 'base' } } });
  const app = await busyboxImage(store, {
    created: '2024-01-01T00:00:00Z',
    files: { app: 'x' },
    config: { Labels: { tier: 'app', team: 'a' } },
  });
  await refs.set('docker.io/library/base:1', old.descriptor);
  await refs.set('docker.io/library/app:1', app.descriptor);
  await refs.set('ghcr.io/me/app:1', app.descriptor);
  return { cli, store, refs, old, app };
}

const id = (image: { configDescriptor: { digest: string } }) => image.configDescriptor.digest.slice(7, 19);

describe('images', () => {
  let it: Awaited<ReturnType<typeof setUp>>;
  beforeAll(async () => {
    it = await setUp();
  });

  test('prints docker’s columns, newest image first', async () => {
    const lines = (await it.cli.ok(['images'])).split('\n');
    expect(lines[0]).toMatch(/^REPOSITORY {4,}TAG {7}IMAGE ID {7}CREATED {5,}SIZE$/);
    expect(lines[1]).toMatch(new RegExp(`^app {11,}1 {9}${id(it.app)} {3}\\d+ years ago {3}1\\.05MB$`));
    expect(lines.slice(2, 4).map((l) => l.split(/ +/)[0])).toEqual(['ghcr.io/me/app', 'base']);
  });

  test.each<[string[], () => string[]]>([
    [['app'], () => ['app:1']],
    [['ghcr.io/me/app:1'], () => ['ghcr.io/me/app:1']],
    [['--filter', 'reference=*/*/app'], () => ['ghcr.io/me/app:1']],
    [['--filter', 'reference=b?se:[0-9]'], () => ['base:1']],
    [['--filter', 'label=tier'], () => ['app:1', 'ghcr.io/me/app:1', 'base:1']],
    [['--filter', 'label=tier=app', '--filter', 'label=team'], () => ['app:1', 'ghcr.io/me/app:1']],
    [['--filter', 'label!=team'], () => ['base:1']],
    [['--filter', 'before=app:1'], () => ['base:1']],
    [['--filter', 'since=base:1'], () => ['app:1', 'ghcr.io/me/app:1']],
    [['--filter', 'until=2022-01-01T00:00:00Z'], () => ['base:1']],
    [['--filter', 'dangling=true'], () => []],
    [['nothing'], () => []],
  ])('%j finds what it should', async (args, expected) => {
    const out = await it.cli.ok(['images', '--format', '{{.Repository}}:{{.Tag}}', ...args]);
    expect(out.split('\n').filter((l) => l !== '')).toEqual(expected());
  });

  test('prints IDs, whole ones, digests, JSON', async () => {
    expect(await it.cli.ok(['images', '-q', 'base'])).toBe(`${id(it.old)}\n`);
    expect(await it.cli.ok(['images', '-q', '--no-trunc', 'base'])).toBe(`${it.old.configDescriptor.digest}\n`);
    expect(await it.cli.ok(['image', 'ls', '--digests', 'base'])).toContain(it.old.descriptor.digest);
    expect(JSON.parse(await it.cli.ok(['images', '--format', 'json', 'base']))).toMatchObject({
      Repository: 'base',
      Tag: '1',
      ID: id(it.old),
      Size: '1.05MB',
    });
    expect(await it.cli.ok(['images', '--format', '{{.Containers}}', 'base'])).toBe('0\n');
  });

  test('refuses what it does not know, with a hint', async () => {
    expect(await it.cli.run(['images', '--filter', 'refrence=x'])).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('did you mean reference?'),
    });
    expect(await it.cli.run(['images', '--filter', 'x'])).toMatchObject({ code: 125 });
    expect(await it.cli.run(['images', '--format', '{{.Repo}}'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no field "Repo"'),
    });
    expect(await it.cli.run(['images', 'a', 'b'])).toMatchObject({ code: 125 });
  });
});

describe('tag and rmi', () => {
  test('a name goes alone while there is another one, the image with the last', async () => {
    const { cli, app, store } = await setUp();
    expect(await cli.ok(['rmi', 'app:1'])).toBe('Untagged: app:1\n');
    const out = (await cli.ok(['rmi', 'ghcr.io/me/app:1'])).split('\n');
    expect(out.slice(0, 2)).toEqual(['Untagged: ghcr.io/me/app:1', `Deleted: ${app.configDescriptor.digest}`]);
    // The first layer is shared with the other image, and stays.
    expect(out.slice(2)).toEqual([`Deleted: ${app.layers[1]!.descriptor.digest}`, '']);
    expect(await store.has(app.layers[0]!.descriptor)).toBe(true);
    expect(await store.has(app.layers[1]!.descriptor)).toBe(false);
  });

  test('an ID with several names needs --force', async () => {
    const { cli, app } = await setUp();
    expect(await cli.run(['rmi', id(app)])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('has 2 names (app:1, ghcr.io/me/app:1)'),
    });
    expect(await cli.ok(['rmi', '-f', id(app)])).toContain('Untagged: app:1\nUntagged: ghcr.io/me/app:1\nDeleted: ');
    expect(await cli.ok(['images', '-q'])).not.toContain(id(app));
  });

  test('what is not there is an error, with --force a note; the others go', async () => {
    const { cli } = await setUp();
    expect(await cli.run(['rmi', 'nope'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no such image: nope'),
    });
    expect(await cli.run(['rmi', 'nope', 'base:1'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('Untagged: base:1'),
    });
    expect((await cli.run(['rmi', '-f', 'nope'])).code).toBe(0);
  });

  test('what a container uses is kept', async () => {
    const { cli, old, store } = await setUp();
    const record = {
      version: 1,
      id: 'c'.repeat(64),
      name: 'web',
      created: '2024-01-01T00:00:00Z',
      imageConfig: {},
      options: {},
      args: [],
      mounts: [],
      image: {
        name: 'base:1',
        id: old.configDescriptor.digest,
        manifest: old.descriptor,
        platform: { os: 'linux', architecture: 'amd64' },
      },
    };
    const path = join((await cli.engine).settings.root, 'containers', record.id);
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'config.json'), JSON.stringify(record));
    expect(await cli.run(['rmi', 'base:1'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('stopped container cccccccccccc (web) uses it'),
    });
    expect(await cli.ok(['images', '--format', '{{.Containers}}', 'base'])).toBe('1\n');
    expect(await cli.ok(['rmi', '-f', 'base:1'])).toBe('Untagged: base:1\n');
    expect(await cli.ok(['images', '--filter', 'dangling=true', '-q'])).toBe(`${id(old)}\n`);
    expect(await store.has(old.layers[0]!.descriptor)).toBe(true);
    expect(await cli.run(['rmi', '-f', id(old)])).toMatchObject({ code: 0, stdout: '' });
    expect(await store.has(old.descriptor)).toBe(true);
  });

  test('tag names by name and by ID, and moves a name', async () => {
    const { cli, old, app, refs } = await setUp();
    await cli.ok(['tag', 'base:1', 'localhost:5000/x']);
    expect((await refs.get('localhost:5000/x:latest'))?.digest).toBe(old.descriptor.digest);
    await cli.ok(['image', 'tag', id(app), 'base:1']);
    expect((await refs.get('docker.io/library/base:1'))?.digest).toBe(app.descriptor.digest);
    expect(await cli.run(['tag', 'base:1', 'UPPER'])).toMatchObject({ code: 65 });
    expect(await cli.run(['tag', 'nope', 'x'])).toMatchObject({ code: 1 });
    expect(await cli.run(['tag', 'base:1', `x@sha256:${'0'.repeat(64)}`])).toMatchObject({ code: 125 });
  });
});

describe('history and inspect', () => {
  test('history shows steps from the newest', async () => {
    const { cli, app } = await setUp();
    const lines = (await cli.ok(['history', 'app:1'])).split('\n');
    expect(lines[0]).toMatch(/^IMAGE +CREATED +CREATED BY +SIZE +COMMENT$/);
    expect(lines[1]).toMatch(new RegExp(`^${id(app)} +\\d years ago +COPY files +\\d+B`));
    expect(lines[2]).toMatch(/^<missing> +\d years ago +busybox +1\.05MB/);
    expect(await cli.ok(['history', '-q', '--no-trunc', 'app:1'])).toBe(`${app.configDescriptor.digest}\n<missing>\n`);
    expect(await cli.ok(['history', '--human=false', '--format', '{{.Size}} {{.CreatedAt}}', 'base:1'])).toMatch(
      /^\d{7} 2020-01-01T00:00:00Z\n$/,
    );
  });

  test('inspect gives docker’s object, parts of it, and fails for what is missing after printing the rest', async () => {
    const { cli, app } = await setUp();
    const [object] = JSON.parse(await cli.ok(['inspect', 'app:1'])) as Record<string, unknown>[];
    expect(object).toMatchObject({
      Id: app.configDescriptor.digest,
      RepoTags: ['app:1', 'ghcr.io/me/app:1'],
      RepoDigests: [`app@${app.descriptor.digest}`, `ghcr.io/me/app@${app.descriptor.digest}`],
      Os: 'linux',
      Config: { Cmd: ['sh'], Entrypoint: null, Labels: { tier: 'app' } },
      RootFS: { Type: 'layers', Layers: app.layers.map((l) => l.diffId) },
    });
    expect(
      await cli.ok(['image', 'inspect', '-f', '{{.Config.Labels.tier}} {{len .RootFS.Layers}}', 'app:1', 'base:1']),
    ).toBe('app 2\nbase 1\n');
    expect(await cli.run(['inspect', 'base:1', 'nope'])).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('base:1'),
      stderr: expect.stringContaining('nope'),
    });
    expect(await cli.run(['image', 'inspect', 'nope'])).toMatchObject({
      code: 1,
      stdout: '[]\n',
      stderr: expect.stringContaining('no such image: nope'),
    });
  });
});

describe('save, load and import', () => {
  test('an image goes out and in by file and by pipe', async () => {
    const { cli, app } = await setUp();
    await cli.ok(['save', '-o', 'app.tar', 'app:1', 'ghcr.io/me/app']);
    const piped = await cli.run(['save', 'app:1', 'ghcr.io/me/app:1']);
    expect(piped.bytes.equals(await readFile(join(cli.folder, 'cwd', 'app.tar')))).toBe(true);
    const other = new CommandLine(join(folder, `cli-${next++}`));
    expect(await other.ok(['load'], piped.bytes)).toBe('Loaded image: app:1\nLoaded image: ghcr.io/me/app:1\n');
    expect(await other.ok(['load', '-i', join(cli.folder, 'cwd', 'app.tar')])).toContain('Loaded image: app:1\n');
    expect(await other.ok(['inspect', '-f', '{{.Id}}', 'app:1'])).toBe(`${app.configDescriptor.digest}\n`);
    expect(
      await other.ok(['load'], gzipSync((await cli.run(['save', '--format', 'oci-archive', id(app)])).bytes)),
    ).toBe(`Loaded image ID: ${app.configDescriptor.digest}\n`);
  });

  test('files belong to the caller, and appear only when they are whole', async () => {
    if (process.getuid!() !== 0) return;
    const { cli, store, app } = await setUp();
    cli.owner = { uid: 1234, gid: 1235 };
    await cli.ok(['save', '-o', 'x.tar', 'base:1']);
    expect(await stat(join(cli.folder, 'cwd', 'x.tar'))).toMatchObject({ uid: 1234, gid: 1235 });
    await writeFile(store.blobPath(app.layers[1]!.descriptor), 'damaged');
    const before = await readFile(join(cli.folder, 'cwd', 'x.tar'));
    expect((await cli.run(['save', '-o', 'x.tar', 'app:1'])).code).toBe(65);
    expect((await readFile(join(cli.folder, 'cwd', 'x.tar'))).equals(before)).toBe(true);
    expect(execFileSync('ls', ['-A', join(cli.folder, 'cwd')]).toString()).toBe('x.tar\n');
    expect(await cli.run(['save', '-o', '.', 'base:1'])).toMatchObject({
      stderr: expect.stringContaining('it is a folder'),
    });
    expect(await cli.run(['save', '-o', 'no/where.tar', 'base:1'])).toMatchObject({
      stderr: expect.stringContaining('its folder does not exist'),
    });
    expect((await cli.run(['save', '-o', '/dev/null', 'base:1'])).code).toBe(0);
    expect(await cli.run(['load', '-i', 'nope.tar'])).toMatchObject({
      code: 74,
      stderr: expect.stringContaining('there is no such file'),
    });
  });

  test('a terminal is no place for archives', async () => {
    const { cli } = await setUp();
    cli.terminal = { stdin: true, stdout: true, stderr: true };
    expect(await cli.run(['save', 'base:1'])).toMatchObject({ code: 125, stderr: expect.stringContaining('-o') });
    expect(await cli.run(['load'])).toMatchObject({ code: 125 });
    expect(await cli.run(['import', '-'])).toMatchObject({ code: 125 });
  });

  test('import makes an image, with changes as a Dockerfile has them', async () => {
    const { cli } = await setUp();
    const root = join(cli.folder, 'rootfs');
    await mkdir(join(root, 'etc'), { recursive: true });
    await mkdir(join(cli.folder, 'cwd'));
    await writeFile(join(root, 'etc', 'motd'), 'hello');
    execFileSync('tar', ['-C', root, '-cf', join(cli.folder, 'cwd', 'root.tar'), '.']);
    const changes = [
      'CMD ["sh", "-c", "x"]',
      'ENV A=1 B="two words"',
      'ENTRYPOINT /init',
      'EXPOSE 80 53/udp',
      'LABEL a=b',
      'WORKDIR /srv',
      'WORKDIR app',
      'USER 1:2',
      'VOLUME /data',
      'STOPSIGNAL SIGINT',
      'ONBUILD RUN x',
      'HEALTHCHECK --interval=5s CMD true',
    ];
    const printed = await cli.ok([
      'import',
      ...changes.flatMap((c) => ['-c', c]),
      '-m',
      'made here',
      '--platform',
      'linux/arm64',
      'root.tar',
      'made:1',
    ]);
    const [object] = JSON.parse(await cli.ok(['inspect', 'made:1'])) as Record<string, unknown>[];
    expect(`${object!.Id as string}\n`).toBe(printed);
    expect(object).toMatchObject({
      Architecture: 'arm64',
      Comment: 'made here',
      Config: {
        Cmd: ['sh', '-c', 'x'],
        Env: ['A=1', 'B=two words'],
        Entrypoint: ['/bin/sh', '-c', '/init'],
        ExposedPorts: { '80/tcp': {}, '53/udp': {} },
        Labels: { a: 'b' },
        WorkingDir: '/srv/app',
        User: '1:2',
        Volumes: { '/data': {} },
        StopSignal: 'SIGINT',
        OnBuild: ['RUN x'],
        Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 5e9 },
      },
    });
    const again = await cli.ok(['import', '-'], await readFile(join(cli.folder, 'cwd', 'root.tar')));
    expect(await cli.ok(['images', '-q', '--no-trunc', '--filter', 'dangling=true'])).toBe(again);
  });

  test.each([
    [['import', '-c', 'RUN x', 'root.tar'], 'RUN cannot be applied'],
    [['import', '-c', 'ENVV a=b', 'root.tar'], 'did you mean'],
    [['import', 'http://x/y.tar'], 'curl -fL'],
    [['import', 'missing.tar'], 'there is no such file'],
    [['load', '--platform', 'linux/nope/x/y'], 'expected a platform'],
  ])('%j is refused', async (args, message) => {
    const { cli } = await setUp();
    const { code, stderr } = await cli.run(args);
    expect(code).not.toBe(0);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain('    at ');
  });
});
