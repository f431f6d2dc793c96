import { readFileSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { bundleAction } from '../helpers/runner/bundle.ts';
import { Runner } from '../helpers/runner/runner.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const scratch = await scratchFolder('action-pipeline');
let registry: TestRegistry;
let action: string;

beforeAll(async () => {
  registry = await startRegistry();
  action = await bundleAction(join(scratch, 'action'));
}, 60_000);

afterAll(() => registry.close());

const SMALL = 'FROM scratch\nCOPY busybox /bin/sh\n';

/** A runner with a checkout of these files; each image's folder has a busybox. */
async function runnerWith(files: Record<string, string>): Promise<{ runner: Runner; workspace: string }> {
  const folder = await mkdtemp(join(scratch, 'runner-'));
  await chmod(folder, 0o755);
  const workspace = join(folder, 'workspace');
  for (const [name, text] of Object.entries(files)) {
    const place = dirname(join(workspace, name));
    await mkdir(place, { recursive: true });
    await writeFile(join(workspace, name), text);
    await copyFile('/bin/busybox', join(place, 'busybox'));
  }
  return { runner: new Runner(action, folder), workspace };
}

const pipeline = (more = ''): Record<string, string> => ({
  'base/Dockerfile': `${SMALL}RUN echo shared > /shared\n`,
  'app/Dockerfile': 'FROM base\nRUN read -r word < /shared && echo "app is $word" > /app\n',
  'containerize.yml': `push: true
tags: [type=sha]
images:
  app:
    image: ${registry.host}/pipe/app
    build: {context: app, additional_contexts: {base: 'image:base'}}
    tests: [{name: reads, run: 'read -r line < /app && echo "$$line" > /out && [ "$$line" = "app is shared" ]', reports: [/out]}]
    release: [{channel: live, when: push}]
  base: {build: base, push: false}
${more}`,
});

describe('a step with several images of a pipeline file', () => {
  const passwd = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('runner:'));
  const [, , uid = 0, gid = 0] = (passwd ?? '').split(':').map(Number);

  test.each(['sudo', 'userns'])(
    'builds one from the other below %s, and what is written is the user’s',
    async (rung) => {
      expect(passwd).toBeDefined();
      const { runner, workspace } = await runnerWith(pipeline());
      await chown(workspace, uid, gid);
      const own =
        rung === 'userns'
          ? { CONTAINERIZE_ROOT: join(workspace, '.state'), CONTAINERIZE_RUN: join(workspace, '.run') }
          : {};
      const result = await runner.step({
        workspace,
        env: { CONTAINERIZE_PRIVILEGE: rung, ...own },
        user: { uid, gid, name: 'runner', home: join(runner.folder, 'home') },
      });
      expect([result.code, result.annotations.filter(({ command }) => command === 'error')]).toEqual([0, []]);
      expect(result.log).toMatch(/\[app 1\/2\] FROM base@sha256:/);
      const images = JSON.parse(result.outputs.images!) as Record<string, string>;
      expect(Object.keys(images)).toEqual(['app', 'base']);
      const answer = await fetch(`${registry.url}/v2/pipe/app/manifests/live`, { headers: { accept: '*/*' } });
      expect(answer.headers.get('docker-content-digest')).toBe(images.app);
      expect(result.summary).toMatch(/app[\s\S]*base[\s\S]*```mermaid/);
      const results = join(workspace, 'test-results');
      const left = (await readdir(results, { recursive: true })).map(String);
      expect(left).toContain('containerize.xml');
      for (const name of left) expect([name, (await stat(join(results, name))).uid]).toEqual([name, uid]);
      expect((await result.post()).code).toBe(0);
    },
  );

  test('two that fail: their lines are marked, the others are judged, nothing is pushed', async () => {
    const other = `  other: {image: ${registry.host}/pipe/other, build: other, tests: ['exit 3']}\n  bad: {image: ${registry.host}/pipe/bad, build: bad}\n`;
    const { runner } = await runnerWith({
      ...pipeline(other.replaceAll('/pipe/', '/fail/')),
      'other/Dockerfile': SMALL,
      'bad/Dockerfile': `${SMALL}RUN exit 9\n`,
    });
    const before = registry.requests.length;
    const result = await runner.step({});
    expect(result.code).toBe(1);
    expect(result.log).toMatch(/2 of 4 images failed:\s+other: 1 of 1 tests failed/);
    expect(result.summary).toContain('bad: ');
    const errors = result.annotations.filter(({ command }) => command === 'error');
    expect(errors.find(({ properties }) => properties.title === 'containerize: bad')!.properties).toMatchObject({
      file: 'bad/Dockerfile',
      line: '3',
    });
    expect(errors.some(({ properties }) => properties.title === 'containerize: other')).toBe(true);
    expect(registry.requests.slice(before).filter((line) => /^(PUT|POST|PATCH)/.test(line))).toEqual([]);
    expect(result.log).not.toMatch(/ {4}at /);
  });

  test('a cancelled one stops all of its images', async () => {
    const { runner } = await runnerWith({
      'a/Dockerfile': `${SMALL}RUN while :; do :; done\n`,
      'b/Dockerfile': `${SMALL}RUN while true; do :; done\n`,
      'containerize.yml': 'images: {a: {build: a}, b: {build: b}}\n',
    });
    const result = await runner.step({
      onStart: (child, output) => {
        void until(() => /\[a [\s\S]*\[b |\[b [\s\S]*\[a /.test(output())).then(() =>
          setTimeout(() => child.kill('SIGINT'), 300),
        );
      },
    });
    expect(result.code).toBe(130);
    expect(result.log).toContain('everything of this step was stopped');
    expect(result.milliseconds).toBeLessThan(20_000);
  });
});
