import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { readTar } from '../../src/content/archive/tar-reader.ts';
import { readBlob } from '../../src/content/read-blob.ts';
import { Refs } from '../../src/content/refs.ts';
import { sha256 } from '../../src/oci/digest.ts';
import { parseManifest } from '../../src/oci/manifest.ts';
import { hostPlatform } from '../../src/oci/platform.ts';
import { Builder } from './builder.ts';

const builder = await Builder.open('outputs');
const DOCKERFILE =
  'FROM busybox\nRUN echo made > /made && ln -s made /link && mkdir -m 700 /dir && echo x > /dir/x\nLABEL a=b\n';
const folder = await builder.context({ Dockerfile: DOCKERFILE });
const out = (name: string) => join(builder.folder, name);
const tar = (...args: string[]) => execFileSync('tar', args).toString();

describe('outputs', () => {
  test('the store, under several names', async () => {
    await builder.build(folder, { args: ['-t', 'one', '-t', 'two:x', '-o', 'type=image,name=three'] });
    const names = (await new Refs(await builder.store()).list()).map(({ name }) => name);
    expect(names).toEqual(
      expect.arrayContaining([
        'docker.io/library/one:latest',
        'docker.io/library/two:x',
        'docker.io/library/three:latest',
      ]),
    );
  });

  test('an image without a name stays, as docker keeps it', async () => {
    const other = await builder.context({ Dockerfile: 'FROM busybox\nLABEL nameless=1\n' });
    await builder.build(other);
    expect(await new Refs(await builder.store()).untagged()).toHaveLength(1);
  });

  test('type=oci is a layout that skopeo and umoci read', async () => {
    expect((await builder.build(folder, { args: ['-t', 'one', '-o', `type=oci,dest=${out('oci.tar')}`] })).error).toBe(
      '',
    );
    const seen = JSON.parse(execFileSync('skopeo', ['inspect', `oci-archive:${out('oci.tar')}`]).toString()) as {
      Layers: string[];
      Labels: unknown;
    };
    expect(seen).toMatchObject({ Labels: { a: 'b' } });
    expect(seen.Layers).toHaveLength(2);
    expect(
      (await builder.build(folder, { args: ['-t', 'one', '-o', `type=oci,tar=false,dest=${out('layout')}`] })).error,
    ).toBe('');
    const stats = execFileSync(
      'umoci',
      ['stat', '--json', '--image', `${out('layout')}:docker.io/library/one:latest`],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    ).toString();
    expect(stats).toContain('RUN /bin/sh -c echo made');
  });

  test('type=docker is what docker load and skopeo read, with docker media types', async () => {
    await builder.build(folder, { args: ['-t', 'one', '-o', `type=docker,dest=${out('docker.tar')}`] });
    const seen = JSON.parse(execFileSync('skopeo', ['inspect', `docker-archive:${out('docker.tar')}`]).toString()) as {
      RepoTags: string[];
    };
    expect(seen).toMatchObject({ Labels: { a: 'b' } });
    expect(tar('-tf', out('docker.tar'))).toContain('manifest.json');
    expect(tar('-xOf', out('docker.tar'), 'manifest.json')).toContain('"one:latest"');
  });

  test('type=tar and "-" are the files', async () => {
    await builder.build(folder, { args: ['-o', `type=tar,dest=${out('root.tar')}`] });
    expect(tar('-xOf', out('root.tar'), 'made')).toBe('made\n');
    const { stdout, error } = await builder.build(folder, { args: ['-o', '-'] });
    expect(error).toBe('');
    expect(stdout).toContain('made');
  });

  test('type=local are the files in a folder, over what was there', async () => {
    const dest = out('local/deep');
    const build = () => builder.build(folder, { args: ['-o', dest] });
    expect((await build()).error).toBe('');
    expect((await build()).error).toBe('');
    expect(await readFile(join(dest, 'made'), 'utf8')).toBe('made\n');
    expect(await readlink(join(dest, 'link'))).toBe('made');
    expect((await stat(join(dest, 'dir'))).mode & 0o777).toBe(0o700);
    expect(await readFile(join(dest, 'dir/x'), 'utf8')).toBe('x\n');
  });

  test('compression of new layers, and docker media types', async () => {
    const other = await builder.context({ Dockerfile: 'FROM busybox\nRUN echo compressed > /c\n' });
    for (const [type, suffix, plain] of [
      ['zstd', '+zstd', zstdDecompressSync],
      ['uncompressed', '.tar', (b: Buffer) => b],
      ['gzip', '+gzip', gunzipSync],
    ] as const) {
      await builder.build(other, { args: ['-t', 'result', '--no-cache', '-o', `type=image,compression=${type}`] });
      const { layers } = await builder.image();
      expect(layers.at(-1)!.descriptor.mediaType.endsWith(suffix)).toBe(true);
      expect(plain(await readBlob(await builder.store(), layers.at(-1)!.descriptor)).toString('latin1')).toContain(
        'compressed',
      );
    }
    await builder.build(other, { args: ['-t', 'result', '-o', 'type=image,oci-mediatypes=false'] });
    const { manifest } = await builder.image();
    expect(
      [manifest.mediaType, ...manifest.layers.map((layer) => layer.mediaType)].every((type) => type.includes('docker')),
    ).toBe(true);
  });

  test('force-compression brings the base image’s layers into the same form, once', async () => {
    const other = await builder.context({ Dockerfile: 'FROM busybox\nRUN echo forced > /c\n' });
    const args = ['-t', 'result', '-o', 'type=image,compression=zstd,force-compression=true'];
    const before = (await builder.image('busybox')).layers[0]!;
    const first = await builder.build(other, { args });
    expect(first.error).toBe('');
    const { layers } = await builder.image();
    expect(layers.map((layer) => layer.descriptor.mediaType.endsWith('+zstd'))).toEqual([true, true]);
    expect(layers[0]!.diffId).toBe(before.diffId);
    expect(sha256(zstdDecompressSync(await readBlob(await builder.store(), layers[0]!.descriptor)))).toBe(
      before.diffId,
    );
    const again = await builder.build(other, { args });
    expect(again.log).not.toContain('compressing');
    expect(first.log).toContain('compressing');
  });

  test('BUILDKIT_MULTI_PLATFORM makes an index of one platform too', async () => {
    const other = await builder.context({ Dockerfile: 'FROM busybox\nLABEL one=platform\n' });
    await builder.build(other, { args: ['-t', 'indexed', '--build-arg', 'BUILDKIT_MULTI_PLATFORM=1'] });
    const descriptor = await new Refs(await builder.store()).get('docker.io/library/indexed:latest');
    expect(descriptor!.mediaType).toBe('application/vnd.oci.image.index.v1+json');
  });

  test('a folder with an OCI layout holds the layout and nothing else', async () => {
    const dest = join(builder.folder, 'plain-layout');
    await builder.build(folder, { args: ['-o', `type=oci,tar=false,dest=${dest}`] });
    expect((await readdir(dest)).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
  });

  test('labels, annotations, iidfile and metadata', async () => {
    const files = [out('iid'), out('meta.json')] as const;
    const { stdout } = await builder.build(folder, {
      args: [
        '-t',
        'result',
        '--label',
        'l=1',
        '--annotation',
        'm=1',
        '--annotation',
        'index:i=1',
        '--iidfile',
        files[0],
        '--metadata-file',
        files[1],
        '-q',
      ],
    });
    const { config, manifest, manifestDescriptor, configDescriptor } = await builder.image();
    expect(config.config!.Labels).toEqual({ a: 'b', l: '1' });
    expect(manifest.annotations).toEqual({ m: '1' });
    expect(await readFile(files[0], 'utf8')).toBe(configDescriptor.digest);
    expect(stdout.trim()).toBe(configDescriptor.digest);
    expect(JSON.parse(await readFile(files[1], 'utf8'))).toMatchObject({
      'containerimage.digest': manifestDescriptor.digest,
      'containerimage.config.digest': configDescriptor.digest,
      'containerimage.descriptor': { digest: manifestDescriptor.digest, size: manifestDescriptor.size },
      'image.name': 'docker.io/library/result:latest',
      'buildx.build.ref': expect.any(String),
    });
  });

  test('several platforms make an index, in one command', async () => {
    const { log, error } = await builder.build(
      await builder.context({
        Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY f /f\nLABEL arch=$TARGETARCH\n',
        f: 'F',
      }),
      {
        args: ['-t', 'result', '--platform', 'linux/amd64,linux/arm64', '--annotation', 'index:i=1'],
      },
    );
    expect(error).toBe('');
    expect(log).toContain('[linux/arm64 1/1] COPY f /f');
    const store = await builder.store();
    const root = (await new Refs(store).get('docker.io/library/result:latest'))!;
    const index = parseManifest(await readBlob(store, root), root.mediaType, 'index');
    if (!('manifests' in index)) throw new Error('no index');
    expect(index.manifests.map(({ platform }) => platform!.architecture)).toEqual(['amd64', 'arm64']);
    expect(index.annotations).toEqual({ i: '1' });
    for (const architecture of ['amd64', 'arm64']) {
      const { config } = await builder.image('result', { os: 'linux', architecture });
      expect(config).toMatchObject({ architecture, config: { Labels: { arch: architecture } } });
    }
  });

  test('type=tar of several platforms has a folder for each, in one archive', async () => {
    const context = await builder.context({
      Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY $TARGETARCH /which\nCOPY f /f\n',
      f: 'F'.repeat(3000),
      amd64: 'a',
      arm64: 'b',
    });
    const args = ['--platform', 'linux/amd64,linux/arm64', '-o', `type=tar,dest=${out('both.tar')}`];
    expect((await builder.build(context, { args })).error).toBe('');
    expect(tar('-tf', out('both.tar')).split('\n').filter(Boolean)).toEqual([
      'linux_amd64/',
      'linux_amd64/f',
      'linux_amd64/which',
      'linux_arm64/',
      'linux_arm64/f',
      'linux_arm64/which',
    ]);
    expect(tar('-xOf', out('both.tar'), 'linux_arm64/which')).toBe('b');
    expect(tar('-xOf', out('both.tar'), 'linux_arm64/f')).toBe('F'.repeat(3000));
  });

  test('a step for another platform that cannot run here says what is missing', async () => {
    const foreign = hostPlatform().architecture === 's390x' ? 'riscv64' : 's390x';
    if (existsSync(`/proc/sys/fs/binfmt_misc/qemu-${foreign}`)) return;
    await builder.addImage('docker.io/library/foreign:latest', { platform: { os: 'linux', architecture: foreign } });
    const error = await builder.fails('FROM foreign\nRUN true\n', { args: ['--platform', `linux/${foreign}`] });
    expect(error).toMatch(/cannot run programs for linux\/\w+ on .*no emulator is registered/);
    expect(error).toContain('hint: install qemu-user-static');
  });
});

describe('--load', () => {
  /** A docker daemon that has the layers of `images` and keeps what is loaded. */
  async function fakeDocker(
    images: string[][],
    work: (socket: string) => Promise<void>,
  ): Promise<{ names: string[]; manifest: { RepoTags: string[]; Layers: string[] }[] }> {
    const socket = out(`docker-${Math.random().toString(36).slice(2)}.sock`);
    let loaded = Buffer.alloc(0);
    const server = createServer(async (request: IncomingMessage, response) => {
      const answer = (value: unknown) => response.end(JSON.stringify(value));
      if (request.url === '/info') answer({ DriverStatus: [['Backing Filesystem', 'extfs']] });
      else if (request.url === '/images/json') answer(images.map((_, i) => ({ Id: `i${i}` })));
      else if (request.url!.startsWith('/images/i'))
        answer({ RootFS: { Layers: images[Number(/\d+/.exec(request.url!)![0])] } });
      else {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        loaded = Buffer.concat(chunks);
        answer({ stream: 'Loaded image' });
      }
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    try {
      await work(socket);
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
    const names: string[] = [];
    let manifest: { RepoTags: string[]; Layers: string[] }[] = [];
    async function* bytes() {
      yield loaded;
    }
    for await (const entry of readTar(bytes(), 'loaded')) {
      names.push(entry.name);
      const chunks: Buffer[] = [];
      for await (const chunk of entry.body) chunks.push(chunk as Buffer);
      if (entry.name === 'manifest.json') manifest = JSON.parse(Buffer.concat(chunks).toString());
    }
    return { names, manifest };
  }

  test('into docker, without the layers that it has', async () => {
    await builder.build(folder, { args: ['-t', 'result'] });
    const { config } = await builder.image();
    const load = (socket: string) =>
      builder
        .build(folder, { args: ['-t', 'result', '--load'], env: { DOCKER_HOST: `unix://${socket}` } })
        .then(({ error }) => expect(error).toBe(''));
    const whole = await fakeDocker([], load);
    expect(whole.names.filter((name) => name.endsWith('.tar'))).toHaveLength(2);
    expect(whole.manifest).toMatchObject([{ RepoTags: ['result:latest'] }]);
    const rest = await fakeDocker([['sha256:0'], [config.rootfs.diff_ids[0]!]], load);
    expect(rest.names.filter((name) => name.endsWith('.tar'))).toHaveLength(1);
    expect(rest.manifest[0]!.Layers).toHaveLength(2);
  });

  test('without docker and podman says so', async () => {
    if (existsSync('/var/run/docker.sock')) return;
    const { error } = await builder.build(folder, { args: ['--load'], env: { PATH: '/nowhere' } });
    expect(error).toContain('neither a docker daemon (DOCKER_HOST, /var/run/docker.sock) nor podman');
    const dead = await builder.build(folder, { args: ['--load'], env: { DOCKER_HOST: 'unix:///nowhere/docker.sock' } });
    expect(dead.error).toContain('cannot load into docker');
  });
});

test('nothing half-written is left beside an output', async () => {
  const { error } = await builder.build(folder, { args: ['-o', 'type=oci,dest=/nowhere/x.tar'] });
  expect(error).toContain('cannot write /nowhere/x.tar');
  expect((await readdir(builder.folder)).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
});
