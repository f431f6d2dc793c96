import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { Refs } from '../../src/content/refs.ts';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { entry } from '../helpers/entry.ts';
import { canMakeUsers, OtherUser } from '../helpers/other-user.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const folder = await scratchFolder('ci-rungs');
const project = join(folder, 'project');
let user: OtherUser;
let registry: { host: string; process: ChildProcess };

/** In a process of its own: the commands are waited for without a turn of our event loop. */
async function serve(): Promise<{ host: string; process: ChildProcess }> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  const host = `127.0.0.1:${port}`;
  const words = ['registry', 'serve', '--listen', host, '--storage', join(folder, 'registry')];
  const process_ = spawn(process.execPath, [entry, ...words], { stdio: 'ignore' });
  await until(async () => (await fetch(`http://${host}/v2/`).catch(() => undefined))?.ok === true);
  return { host, process: process_ };
}

/** Files of the project that are not the user's: there must be none. */
function foreign(): string {
  return spawnSync('find', [project, '!', '-user', user.name], { encoding: 'utf8' }).stdout;
}

/** What the test of `app` left. */
function said(): string {
  const found = spawnSync('find', [join(project, 'test-results/app'), '-name', 'said', '-type', 'f'], {
    encoding: 'utf8',
  });
  return readFileSync(found.stdout.trim(), 'utf8');
}

const git = (...args: string[]) =>
  spawnSync('runuser', ['-u', user.name, '--', 'git', '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
    cwd: project,
    encoding: 'utf8',
  });

beforeAll(async () => {
  if (!canMakeUsers) return;
  user = await OtherUser.make(`ctzci${process.pid}`, folder);
  registry = await serve();
  await mkdir(join(project, 'other'), { recursive: true });
  const dockerfile = 'FROM busybox\nCOPY greeting /greeting\nRUN id -u > /who\nUSER 1000\n';
  await writeFile(join(project, 'Dockerfile'), dockerfile);
  await writeFile(join(project, 'greeting'), 'hello\n');
  await writeFile(join(project, 'other/Dockerfile'), 'FROM busybox\nRUN true\n');
  await writeFile(
    join(project, 'containerize.yml'),
    `push: true
tags: ['type=ref,event=branch']
images:
  app:
    image: ${registry.host}/rung/app
    build: .
    tests:
      - name: greets
        run: 'mkdir /tmp/out && cp /greeting /tmp/out/said && grep -q "$\${EXPECT:-hello}" /greeting'
        environment: {EXPECT: "\${EXPECT:-hello}"}
        reports: [/tmp/out]
    release: [{channel: live, when: push, smoke: cat /greeting}]
  other: {image: ${registry.host}/rung/other, build: other, changed: auto}
`,
  );
  user.own(project);
  git('init', '-q', '-b', 'trunk');
  git('add', '.');
  git('commit', '-q', '-m', 'one');
}, 60_000);

afterAll(async () => {
  registry?.process.kill('SIGTERM');
  await user?.remove();
});

async function fill(path: string): Promise<void> {
  const store = await LayoutStore.open(join(path, 'content'));
  await new Refs(store).set('docker.io/library/busybox:latest', (await busyboxImage(store)).descriptor);
}

(canMakeUsers ? describe : describe.skip).each(['sudo', 'userns'] as const)(
  'containerize ci on the %s rung (needs root, useradd, sudo and newuidmap)',
  (rung) => {
    const state = ['--root', join(folder, `root-${rung}`), '--run-root', join(folder, `run-${rung}`)];
    const ci = (words: readonly string[] = [], env: readonly string[] = []) =>
      user.run(rung, [...state, 'ci', '--progress', 'plain', ...words], project, env);

    beforeAll(async () => {
      await fill(join(folder, `root-${rung}`));
      await mkdir(join(folder, `run-${rung}`), { recursive: true });
      // below sudo the store is root's, in a user namespace it is the user's own
      if (rung === 'userns') for (const name of ['root', 'run']) user.own(join(folder, `${name}-${rung}`));
    });

    test('builds, tests, pushes and releases; what tests left belongs to the user', async () => {
      const run = ci(['--json']);
      expect([run.status, run.stderr]).toEqual([0, expect.any(String)]);
      const [app] = JSON.parse(run.stdout).images;
      expect(app).toMatchObject({
        outcome: 'done',
        tests: { passed: 1 },
        pushed: [{ tags: ['trunk'] }],
        released: [{ channel: 'live', toDigest: app.image.digest }],
      });
      const report = join(project, 'test-results/app/greets');
      expect(said()).toBe('hello\n');
      expect((await stat(report)).uid).toBe(user.uid);
      expect(foreign()).toBe('');
    });

    test('git tells what changed although the repository is somebody else’s to root', () => {
      const run = ci(['--since', 'trunk', '--json', '--no-push']);
      expect(JSON.parse(run.stdout).images).toMatchObject([
        { name: 'app', outcome: 'done' },
        { name: 'other', outcome: 'not-built', why: 'nothing of it changed since trunk' },
      ]);
    });

    test('a failing test is exit code 1 and pushes nothing; its files are the user’s all the same', () => {
      spawnSync('rm', ['-rf', join(project, 'test-results')]);
      const run = ci([], ['EXPECT=goodbye']);
      expect(run.status).toBe(1);
      expect(run.stderr).toMatch(/1 of 1 tests failed/);
      expect(said()).toBe('hello\n');
      expect(foreign()).toBe('');
    });

    test('what is wrong in the file has its place and exit code', async () => {
      await writeFile(join(project, 'wrong.yml'), 'biuld: .\n');
      user.own(project);
      const run = ci(['-f', 'wrong.yml']);
      expect(run.status).toBe(65);
      expect(run.stderr).toMatch(/did you mean build\?[\s\S]*wrong\.yml:1/);
    });

    test('a link in the place of the folder for reports leads nowhere else', async () => {
      spawnSync('rm', ['-rf', join(project, 'test-results')]);
      spawnSync('runuser', ['-u', user.name, '--', 'ln', '-s', '/etc', join(project, 'test-results')]);
      const run = ci(['--no-push']);
      expect(existsSync('/etc/app')).toBe(false);
      expect(run.stderr).not.toMatch(/ {4}at /);
      spawnSync('rm', ['-rf', join(project, 'test-results'), join(project, 'etc')]);
      expect(foreign()).toBe('');
    });

    test('init writes files that are the user’s', () => {
      const run = user.run(rung, ['init', '--force'], join(project, 'other'));
      expect([run.status, run.stderr]).toEqual([0, '']);
      expect(existsSync(join(project, 'other/.github/workflows/containerize.yml'))).toBe(true);
      expect(foreign()).toBe('');
      for (const name of ['.github', 'containerize.yml', '.dockerignore'])
        spawnSync('rm', ['-r', join(project, 'other', name)]);
    });
  },
);
