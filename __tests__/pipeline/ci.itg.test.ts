import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('ci');
const cli = new CommandLine(join(folder, 'cli'));
const cwd = join(folder, 'cli', 'cwd');
let registry: TestRegistry;
let app: string;

beforeAll(async () => {
  await mkdir(cwd, { recursive: true });
  registry = await startRegistry();
  app = `${registry.host}/shop`;
  const engine = await cli.engine;
  const base = await busyboxImage(await engine.content());
  await (await engine.refs()).set('docker.io/library/busybox:stable', base.descriptor);
  await cp(join(import.meta.dirname, '../../workflows-examples/shop'), cwd, { recursive: true });
}, 60_000);

afterAll(() => registry.close());

const ci = (version: string, words: readonly string[] = []) =>
  cli.run(['ci', '--progress', 'plain', ...words], '', { REGISTRY: registry.host, VERSION: version });

const live = async (): Promise<string> => {
  await cli.ok(['pull', '--quiet', `${app}:production`]);
  return (await cli.ok(['run', '--rm', '--network', 'none', `${app}:production`, 'version'])).trim();
};

describe('containerize ci on the shop', () => {
  test('--plan says what would be done and does nothing', async () => {
    const plan = await ci('1.0.0', ['--plan']);
    expect(plan).toMatchObject({ code: 0, stderr: '' });
    expect(plan.stdout).toContain(`name     ${app}:1.0.0\n`);
    expect(plan.stdout).toContain('push     yes: push: true\n  release  production: yes');
    expect(JSON.parse((await ci('1.0.0', ['--plan', '--json'])).stdout).images).toHaveLength(1);
    expect(registry.requests).toEqual([]);
  });

  test('a plan for programs has no values of variables in it', async () => {
    await mkdir(join(cwd, 'secretive'), { recursive: true });
    await writeFile(
      join(cwd, 'secretive/containerize.yml'),
      'build: {context: ., args: {TOKEN: "${TOK}"}}\ntests: [{run: "true", environment: {KEY: "${TOK}"}}]\n',
    );
    const { code, stdout } = await cli.run(['ci', '-f', 'secretive/containerize.yml', '--plan', '--json'], '', {
      TOK: 'hush-hush',
    });
    expect(code).toBe(0);
    expect(stdout).not.toContain('hush-hush');
    expect(JSON.parse(stdout).images[0]).toMatchObject({ build: { args: ['TOKEN'] }, tests: [{ env: ['KEY'] }] });
  });

  test('builds, tests, pushes that very digest and releases it', async () => {
    const first = await ci('1.0.0', ['--json']);
    expect(first).toMatchObject({ code: 0 });
    const [image] = JSON.parse(first.stdout).images;
    expect(image).toMatchObject({
      tests: { passed: 2, failed: 0 },
      pushed: [{ digest: image.image.digest, tags: ['1.0.0'] }],
      released: [{ channel: 'production', toDigest: image.image.digest, changed: true }],
    });
    expect(await live()).toBe('1.0.0');
  });

  test('a test that fails: nothing is pushed, nothing released', async () => {
    await writeFile(join(cwd, 'prices.txt'), 'apple 3\n');
    const before = registry.requests.length;
    const broken = await ci('1.1.0');
    expect(broken).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/2 of 2 tests failed[\s\S]*nothing was pushed/),
    });
    expect(registry.requests.slice(before)).toEqual([]);
    expect(await live()).toBe('1.0.0');
    await cp(join(import.meta.dirname, '../../workflows-examples/shop/prices.txt'), join(cwd, 'prices.txt'));
  });

  test('a fix for an older line is pushed, and released to no one', async () => {
    const older = await ci('0.9.1');
    expect(older).toMatchObject({ code: 0, stderr: expect.stringMatching(/not released: .*0\.9\.1/) });
    expect(older.stdout).toContain('pushed   ');
    expect(await live()).toBe('1.0.0');
  });

  test('a release that tests did not find bad goes back by one command, and is held', async () => {
    expect((await ci('1.1.0')).code).toBe(0);
    expect(await live()).toBe('1.1.0');
    await cli.ok(['rollback', `${app}:production`]);
    expect(await live()).toBe('1.0.0');
    const held = await ci('1.2.0');
    expect(held).toMatchObject({ code: 0, stderr: expect.stringContaining('not released: ') });
    expect(await live()).toBe('1.0.0');
  });

  test('--no-push builds and tests only', async () => {
    const before = registry.requests.length;
    const quiet = await ci('1.3.0', ['--no-push']);
    expect(quiet).toMatchObject({ code: 0, stdout: expect.stringMatching(/built sha256:[\s\S]*2 passed\n$/) });
    expect(registry.requests.slice(before)).toEqual([]);
  });

  test('several images: each its own Dockerfile; --only takes one', async () => {
    await mkdir(join(cwd, 'mono/api'), { recursive: true });
    await writeFile(
      join(cwd, 'mono/containerize.yml'),
      'images:\n  api:\n    build: api\n    tests: [test -f /api]\n  web:\n    build: {context: api, dockerfile: web.Dockerfile}\n',
    );
    await writeFile(join(cwd, 'mono/api/Dockerfile'), 'FROM busybox:stable\nRUN touch /api\n');
    await writeFile(join(cwd, 'mono/api/web.Dockerfile'), 'FROM busybox:stable\nRUN touch /web\n');
    const both = await cli.run(['ci', '-f', 'mono/containerize.yml', '--json']);
    expect(both).toMatchObject({ code: 0 });
    expect(JSON.parse(both.stdout).images.map(({ name }: { name: string }) => name)).toEqual(['api', 'web']);
    const one = await cli.run(['ci', '-f', 'mono/containerize.yml', '--only', 'web', '--json']);
    expect(JSON.parse(one.stdout).images).toHaveLength(1);
    expect(await cli.run(['ci', '-f', 'mono/containerize.yml', '--only', 'wep'])).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('(did you mean web?)'),
    });
  });

  test('without a file the Dockerfile is enough', async () => {
    await mkdir(join(cwd, 'bare'), { recursive: true });
    await writeFile(join(cwd, 'bare/empty.yml'), '');
    await writeFile(join(cwd, 'bare/Dockerfile'), 'FROM busybox:stable\nRUN true\n');
    const bare = await cli.run(['ci', '-f', 'bare/empty.yml']);
    expect(bare).toMatchObject({ code: 0, stdout: expect.stringContaining('bare: built sha256:') });
  });

  test('what is wrong in the file has its place and exit code 65; a file that is not there 66', async () => {
    await writeFile(join(cwd, 'wrong.yml'), 'image: a/b\nbiuld: .\n');
    expect(await cli.run(['ci', '-f', 'wrong.yml'])).toMatchObject({
      code: 65,
      stderr: expect.stringMatching(/unknown key biuld \(did you mean build\?\)[\s\S]*wrong\.yml:2/),
    });
    expect((await cli.run(['ci', '-f', 'none.yml'])).code).toBe(66);
  });
});
