import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { entry } from '../helpers/entry.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

interface Image {
  name: string;
  outcome: string;
  why?: string;
  error?: { code?: string; message: string };
  image?: { digest: string };
  pushed: { digest: string }[];
  released: object[];
  steps: { name: string; startMs: number; endMs: number; cached: boolean; missReason?: string; error?: string }[];
  cache: { steps: number; cached: number; misses: { step: string; reason: string }[] };
}

const folder = await scratchFolder('images');
const cli = new CommandLine(join(folder, 'cli'));
const cwd = join(folder, 'cli', 'cwd');
let registry: TestRegistry;

beforeAll(async () => {
  registry = await startRegistry();
  const engine = await cli.engine;
  const base = await busyboxImage(await engine.content());
  await (await engine.refs()).set('docker.io/library/busybox:stable', base.descriptor);
}, 60_000);

afterAll(() => registry.close());

/** A repository with these files and nothing else. */
async function project(files: Record<string, string>): Promise<void> {
  await rm(cwd, { recursive: true, force: true });
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(cwd, name)), { recursive: true });
    await writeFile(join(cwd, name), text);
  }
}

async function ci(
  ...words: string[]
): Promise<{ code: number; stderr: string; images: Image[]; error?: { code: string; message: string } }> {
  const { code, stdout, stderr } = await cli.run(['ci', '--progress', 'plain', '--json', ...words]);
  return { code, stderr, ...(stdout === '' ? { images: [] } : JSON.parse(stdout)) };
}

const tags = async (name: string): Promise<number> => (await fetch(`${registry.url}/v2/${name}/tags/list`)).status;
const git = (...args: string[]): string =>
  execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd, encoding: 'utf8' });

describe('several images in one file', () => {
  test('one is built from another: from that very digest, which need not be pushed', async () => {
    await project({
      'base/Dockerfile': 'FROM busybox:stable\nRUN echo from-base > /base\n',
      'api/Dockerfile': 'FROM base\nCOPY --from=tools /base /tool\nRUN cat /base /tool > /api\n',
      'containerize.yml': `tags: [one]
push: true
images:
  api:
    image: ${registry.host}/uses/api
    build:
      context: api
      additional_contexts: {base: 'image:base', tools: 'image:base'}
    tests: ['test "$$(cat /api | tr "\\n" " ")" = "from-base from-base "']
  base: {build: base, push: false}
`,
    });
    const plan = await cli.run(['ci', '--plan']);
    expect(plan.stdout).toContain('  after    base, as base\n');
    const run = await ci();
    expect(run).toMatchObject({ code: 0 });
    const [api, base] = run.images;
    expect(api).toMatchObject({ name: 'api', outcome: 'done', pushed: [{ digest: api!.image!.digest }] });
    expect(base).toMatchObject({ name: 'base', outcome: 'done', pushed: [] });
    const from = api!.steps.find(({ name }) => name.includes('FROM'))!;
    expect(from).toMatchObject({ name: expect.stringContaining(`FROM base@${base!.image!.digest}`), cached: true });
    const again = (await ci()).images[0]!;
    expect(again.cache.cached).toBe(again.cache.steps);
    await writeFile(join(cwd, 'base/Dockerfile'), 'FROM busybox:stable\nRUN echo from-base  >  /base && touch /more\n');
    expect((await ci()).images[0]!.image!.digest).not.toBe(api!.image!.digest);
  });

  test('are built side by side; the report has every step’s times, and why it was not cached', async () => {
    const slow = (name: string) => `FROM busybox:stable\nRUN sleep 1 && echo ${name} > /name\n`;
    await project({
      'a/Dockerfile': slow('a'),
      'b/Dockerfile': slow('b'),
      'containerize.yml': 'images: {a: {build: a}, b: {build: b}}\n',
    });
    const cold = await ci();
    expect(cold).toMatchObject({ code: 0, images: [{ cache: { misses: [{}] } }, { cache: { misses: [{}] } }] });
    const [a, b] = cold.images.map(({ steps }) => steps.find(({ name }) => name.includes('RUN sleep'))!);
    expect(a!.startMs).toBeLessThan(b!.endMs);
    expect(b!.startMs).toBeLessThan(a!.endMs);
    expect(a!.endMs - a!.startMs).toBeGreaterThanOrEqual(1000);
    expect(a).toMatchObject({ cached: false, missReason: 'there is no earlier build of this step' });
    expect(cold.stderr).toMatch(
      /\[a \d\/\d\] RUN sleep[\s\S]*\[b \d\/\d\] RUN sleep|\[b \d\/\d\] RUN sleep[\s\S]*\[a /,
    );
    await writeFile(join(cwd, 'b/Dockerfile'), slow('c').replace('sleep 1', 'sleep 0'));
    const [same, other] = (await ci()).images;
    expect(same!.cache).toEqual({ steps: same!.cache.steps, cached: same!.cache.steps, misses: [] });
    expect(other!.cache.misses).toEqual([
      { step: expect.stringContaining('RUN sleep 0'), reason: expect.stringContaining('the instruction changed') },
    ]);
  });

  test('one that fails stops those that need it and lets the others be judged; nothing is pushed', async () => {
    await project({
      'bad/Dockerfile': 'FROM busybox:stable\nRUN exit 3\n',
      'good/Dockerfile': 'FROM busybox:stable\nRUN true\n',
      'containerize.yml': `tags: [one]
push: true
images:
  bad: {image: ${registry.host}/fails/bad, build: bad}
  above:
    image: ${registry.host}/fails/above
    build: {context: good, additional_contexts: {base: 'image:bad'}}
  good: {image: ${registry.host}/fails/good, build: good, tests: ['true'], release: [{channel: live, when: push}]}
  untested: {image: ${registry.host}/fails/untested, build: good, tests: ['false']}
`,
    });
    const run = await ci();
    expect(run.code).toBe(1);
    expect(run.error).toMatchObject({
      code: 'images-failed',
      message: expect.stringMatching(/^2 of 4 images failed:\n {2}bad: [\s\S]*\n {2}untested: 1 of 1 tests failed/),
    });
    expect(run.images).toMatchObject([
      { name: 'bad', outcome: 'failed', pushed: [] },
      { name: 'above', outcome: 'left-out', error: { message: 'it needs bad, which failed' } },
      { name: 'good', outcome: 'left-out', image: { digest: expect.any(String) }, pushed: [], released: [] },
      { name: 'untested', outcome: 'failed', error: { code: 'tests-failed' } },
    ]);
    expect(run.images[0]!.steps.find(({ name }) => name.includes('RUN exit'))!.error).toContain('3');
    for (const name of ['bad', 'above', 'good', 'untested']) expect(await tags(`fails/${name}`)).toBe(404);
    const people = await cli.run(['ci', '--progress', 'quiet']);
    expect(people.stdout).toContain('above: not built: it needs bad, which failed\n');
    expect(people.stdout).toContain('pushed   nothing: another image failed\n');
  });

  test('one that cannot be pushed: the others are, and nothing is released', async () => {
    await project({
      Dockerfile: 'FROM busybox:stable\nRUN true\n',
      'containerize.yml': `tags: [one]
push: true
images:
  plain: {image: ${registry.host}/half/plain, build: .}
  lost: {image: 127.0.0.1:1/half/lost, build: .}
  live: {image: ${registry.host}/half/live, build: ., release: [{channel: live, when: push}]}
`,
    });
    const run = await ci();
    expect(run).toMatchObject({
      code: 69,
      error: { message: expect.stringMatching(/^lost: .*127\.0\.0\.1:1/) },
      images: [
        { name: 'plain', outcome: 'done', pushed: [{ tags: ['one'] }] },
        { name: 'lost', outcome: 'failed', pushed: [] },
        { name: 'live', outcome: 'left-out', pushed: [{ tags: ['one'] }], released: [] },
      ],
    });
    const answer = await fetch(`${registry.url}/v2/half/live/tags/list`);
    expect(await answer.json()).toMatchObject({ tags: ['one'] });
    expect((await cli.run(['ci', '--progress', 'quiet'])).stdout).toContain('released nothing: another image failed\n');
  });

  test('one error is told as it is, with the image’s name, its place and its exit code', async () => {
    await project({
      'a/Dockerfile': 'FROM busybox:stable\nRUNN true\n',
      'b/Dockerfile': 'FROM busybox:stable\n',
      'containerize.yml': 'images: {a: {build: a}, b: {build: b}}\n',
    });
    const run = await cli.run(['ci', '--progress', 'quiet']);
    expect(run.code).toBe(65);
    expect(run.stderr).toMatch(/^error: a: .*RUNN[\s\S]*^a\/Dockerfile:2/m);
  });

  test('each leaves what its tests wrote in a folder of its own', async () => {
    const dockerfile = 'FROM busybox:stable\nRUN true\n';
    const tests = 'tests: [{name: t, run: echo 1 > /tmp/r.txt, reports: [/tmp/r.txt]}]';
    await project({
      'a/Dockerfile': dockerfile,
      'containerize.yml': `images: {a: {build: a, ${tests}}, b: {build: a, ${tests}}}\n`,
    });
    expect(await ci()).toMatchObject({ code: 0 });
    for (const name of ['a', 'b']) expect(existsSync(join(cwd, 'test-results', name, 't'))).toBe(true);
  });

  test('an interrupt ends all of them, and leaves nothing behind', async () => {
    await project({
      'a/Dockerfile': 'FROM busybox:stable\nRUN sleep 987654\n',
      'b/Dockerfile': 'FROM busybox:stable\nRUN true && sleep 987654\n',
      'containerize.yml': `push: true\ntags: [one]\nimages:\n  a: {image: ${registry.host}/int/a, build: a}\n  b: {image: ${registry.host}/int/b, build: b}\n`,
    });
    const words = [
      '--root',
      join(folder, 'cli/root'),
      '--run-root',
      join(folder, 'cli/run'),
      'ci',
      '--progress',
      'plain',
    ];
    const child = spawn(process.execPath, [entry, ...words], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const sleepers = () =>
      spawnSync('pgrep', ['-f', '^sleep 987654$'], { encoding: 'utf8' }).stdout.trim().split('\n').filter(Boolean);
    await until(() => sleepers().length === 2);
    child.kill('SIGINT');
    expect([await ended, said.match(/^ {4}at /m)]).toEqual([130, null]);
    expect(sleepers()).toEqual([]);
    expect(await tags('int/a')).toBe(404);
  });

  test('with `changed` only those are built of which something changed', async () => {
    await project({
      'a/Dockerfile': 'FROM busybox:stable\nRUN true\n',
      'b/Dockerfile': 'FROM busybox:stable\nRUN true\n',
      'containerize.yml': 'changed: auto\nimages: {a: {build: a}, b: {build: b}}\n',
    });
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-q', '-m', 'one');
    await writeFile(join(cwd, 'b/new'), '');
    const run = await ci('--since', 'main');
    expect(run).toMatchObject({
      code: 0,
      images: [
        { name: 'a', outcome: 'not-built', why: 'nothing of it changed since main' },
        { name: 'b', outcome: 'done' },
      ],
    });
    const { stdout } = await cli.run(['ci', '--plan', '--since', 'main']);
    expect(stdout).toContain('a\n  build    no: nothing of it changed since main\n');
    expect(stdout).toContain('build    Dockerfile in b: b/new changed since main\n');
    expect((await ci()).images.map(({ outcome }) => outcome)).toEqual(['done', 'done']);
    expect((await cli.run(['ci', '--since', 'nobody'])).code).toBe(65);
    await rm(join(cwd, 'b/new'));
    expect(await ci('--since', 'main')).toMatchObject({
      code: 0,
      images: [{ outcome: 'not-built' }, { outcome: 'not-built' }],
    });
    expect(await readdir(join(cwd, 'b'))).toEqual(['Dockerfile']);
  });
});
