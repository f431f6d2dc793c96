import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { until } from '../runtime/container-fixture.ts';
import { makeHelper } from '../runtime/helper-fixture.ts';
import { removeEmptyCgroups } from '../runtime/oci-fixture.ts';
import { Builder } from './builder.ts';

const DOCKERD = '/usr/sbin/dockerd';
const installed = existsSync(DOCKERD) && existsSync('/usr/bin/docker');
const describeWithDocker = installed ? describe : describe.skip;
const builder = await Builder.open('docker-peer');
const run = promisify(execFile);

describeWithDocker('docker (skipped where dockerd and docker are not installed)', () => {
  const place = (name: string) => join(builder.folder, 'dockerd', name);
  let daemon: ChildProcess;
  let registry: TestRegistry;

  const docker = async (...args: string[]) =>
    (await run('/usr/bin/docker', ['--host', `unix://${place('sock')}`, ...args])).stdout.trim();

  /** The command line as its own program, on the builder's state. */
  const ours = async (...args: string[]) => {
    const entry = join(import.meta.dirname, '../../src/cli/entry.ts');
    const env = {
      PATH: process.env.PATH!,
      HOME: builder.folder,
      CONTAINERIZE_ROOT: builder.root,
      CONTAINERIZE_RUN: builder.run,
      CONTAINERIZE_HELPER: makeHelper().binary,
    };
    return (await run(process.execPath, ['--no-warnings', entry, ...args], { env })).stdout.trim();
  };

  beforeAll(async () => {
    mkdirSync(join(builder.folder, 'dockerd'));
    writeFileSync(place('daemon.json'), '{}');
    daemon = spawn(
      DOCKERD,
      [
        ...['--host', `unix://${place('sock')}`, '--data-root', place('data'), '--exec-root', place('exec')],
        ...['--pidfile', place('pid'), '--config-file', place('daemon.json'), '--storage-driver=vfs'],
        ...['--iptables=false', '--ip6tables=false', '--bridge=none', '--exec-opt', 'native.cgroupdriver=cgroupfs'],
      ],
      { stdio: 'ignore' },
    );
    registry = await startRegistry();
    await until(
      async () =>
        docker('version').then(
          () => true,
          () => false,
        ),
      20_000,
    );
  }, 30_000);

  afterAll(async () => {
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill('SIGTERM');
    await ended;
    // The daemon leaves the mount of its own network namespace behind.
    spawnSync('umount', [place('exec/netns/default')]);
    removeEmptyCgroups('docker');
    await registry.close();
  }, 30_000);

  test('pulls what we pushed, and runs it', async () => {
    const name = `${registry.host}/made/by:us`;
    const dockerfile = 'FROM busybox\nRUN mkdir /d && echo hello > /d/f && ln /d/f /d/hard\nCMD ["cat", "/d/hard"]\n';
    const folder = await builder.context({ Dockerfile: dockerfile });
    expect((await builder.build(folder, { args: ['-t', name, '--push'] })).error).toBe('');
    await docker('pull', '--quiet', name);
    expect(await docker('run', '--rm', '--network=none', name)).toBe('hello');
    expect(await docker('inspect', '--format={{.Id}}', name)).toBe(await ours('inspect', '--format={{.Id}}', name));
  }, 30_000);

  test.each(['0', '1'])(
    'pushes what we run (DOCKER_BUILDKIT=%s)',
    async (buildkit) => {
      const name = `${registry.host}/made/by:docker-${buildkit}`;
      const context = await builder.context({
        Dockerfile:
          'FROM scratch\nCOPY busybox /bin/\nRUN ["/bin/busybox","touch","/made"]\nCMD ["/bin/busybox","ls","/made"]\n',
      });
      copyFileSync('/bin/busybox', join(context, 'busybox'));
      const env = { PATH: process.env.PATH!, HOME: builder.folder, DOCKER_BUILDKIT: buildkit };
      await run(
        '/usr/bin/docker',
        ['--host', `unix://${place('sock')}`, 'build', '--network=none', '-q', '-t', name, context],
        { env },
      );
      await docker('push', name);
      expect(await ours('run', '--rm', '--network', 'none', name)).toBe('/made');
      const archive = join(builder.folder, `saved-${buildkit}.tar`);
      await docker('save', '-o', archive, name);
      expect(await ours('load', '-i', archive)).toBe(`Loaded image: ${name}`);
      expect(await ours('run', '--rm', '--network', 'none', name)).toBe('/made');
    },
    60_000,
  );

  test('gets an image by --load, missing layers only, and runs it', async () => {
    const env = { DOCKER_HOST: `unix://${place('sock')}` };
    const first = await builder.ok('FROM busybox\nRUN echo 1 > /one\n', { args: ['--load'], env });
    expect(first.log).toContain('loading into docker');
    const second = await builder.ok('FROM busybox\nRUN echo 1 > /one\nRUN echo 2 > /two\nCMD ["cat","/one","/two"]\n', {
      args: ['--load', '-t', 'loaded:2'],
      env,
    });
    expect(second.log).toContain('layers are there already');
    expect(await docker('run', '--rm', '--network=none', 'loaded:2')).toBe('1\n2');
  }, 30_000);

  test('loads archives that we wrote', async () => {
    const dest = join(builder.folder, 'ours.tar');
    await builder.ok('FROM busybox\nRUN echo archived > /a\nCMD ["cat","/a"]\n', {
      args: ['-t', 'archived:1', '-o', `type=docker,dest=${dest}`],
    });
    expect(await docker('load', '-i', dest)).toContain('Loaded image: archived:1');
    expect(await docker('run', '--rm', '--network=none', 'archived:1')).toBe('archived');
  }, 30_000);
});
