import { execFile } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Dockerd, hasDocker } from '../helpers/dockerd.ts';
import { entry } from '../helpers/entry.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { makeHelper } from '../runtime/helper-fixture.ts';
import { Builder } from './builder.ts';

const describeWithDocker = hasDocker ? describe : describe.skip;
const builder = await Builder.open('docker-peer');
const run = promisify(execFile);

describeWithDocker('docker (skipped where dockerd and docker are not installed)', () => {
  let daemon: Dockerd;
  let registry: TestRegistry;

  /** What docker prints; throws unless it succeeds. */
  const docker = async (...args: string[]) => {
    const ran = await daemon.docker(...args);
    if (ran.code !== 0) throw new Error(`docker ${args.join(' ')}: ${ran.stderr}`);
    return ran.stdout.trim();
  };

  /** The command line as its own program, on the builder's state. */
  const ours = async (...args: string[]) => {
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
    registry = await startRegistry();
    daemon = await Dockerd.start(join(builder.folder, 'dockerd'));
  }, 30_000);

  afterAll(async () => {
    await daemon.stop();
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
      await run('/usr/bin/docker', ['--host', daemon.host, 'build', '--network=none', '-q', '-t', name, context], {
        env,
      });
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
    const env = { DOCKER_HOST: daemon.host };
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
