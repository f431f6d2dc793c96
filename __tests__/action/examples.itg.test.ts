import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { chmod, copyFile, cp, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { bundleAction } from '../helpers/runner/bundle.ts';
import { forkPullRequest, push, type RunnerEvent, tag, workflowDispatch } from '../helpers/runner/events.ts';
import { type JobRun, runWorkflow } from '../helpers/runner/workflow.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const EXAMPLES = join(import.meta.dirname, '../../workflows-examples');
const scratch = await scratchFolder('examples');
let registry: TestRegistry;
let action: string;
let version = '1.0.0';
const ran = new Set<string>();

beforeAll(async () => {
  registry = await startRegistry();
  action = await bundleAction(join(scratch, 'action'));
}, 60_000);

afterAll(() => registry.close());

/** A repository as the examples think of one: its image has a program and a test of itself. */
async function service(workspace: string): Promise<void> {
  const files = {
    Dockerfile:
      'FROM scratch\nCOPY busybox /bin/sh\nCOPY busybox /bin/busybox\nCOPY bin /app/bin\nCOPY --chmod=755 tools /usr/bin\nRUN echo built > /built\n',
    'bin/self-test': '#!/bin/sh\n[ "$(/app/bin/app --version)" != broken ]\n',
    'bin/app': `#!/bin/sh\necho ${version}\n`,
    'tools/npx':
      '#!/bin/sh\necho "<testsuite name=\\"s$CONTAINERIZE_SHARD\\" tests=\\"1\\"><testcase name=\\"t\\"/></testsuite>" > junit.xml\n',
    'tools/npm': '#!/bin/sh\necho "$2"\n',
  };
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(workspace, name)), { recursive: true });
    await writeFile(join(workspace, name), text);
    await chmod(join(workspace, name), 0o755);
  }
  await copyFile('/bin/busybox', join(workspace, 'busybox'));
}

async function run(
  name: string,
  event: RunnerEvent,
  more: { checkout?: (workspace: string) => Promise<void>; env?: Record<string, string> } = {},
): Promise<JobRun[]> {
  ran.add(`${name}.yml`);
  const folder = await mkdtemp(join(scratch, `${name}-`));
  const file = join(EXAMPLES, `${name}.yml`);
  return runWorkflow({ file, action, folder, event, checkout: service, registry: registry.host, ...more });
}

/** The whole log, when a job did not end well. */
const logOf = (runs: readonly JobRun[]): string =>
  runs.every(({ ok }) => ok) ? 'ok' : runs.flatMap(({ steps }) => steps.map(({ log }) => log)).join('\n');

async function digestOf(name: string): Promise<string | null> {
  const [repository, reference] = name.split(':');
  const url = `${registry.url}/v2/octo-org/hello-world${repository}/manifests/${reference}`;
  const answer = await fetch(url, { headers: { accept: '*/*' } });
  return answer.ok ? answer.headers.get('docker-content-digest') : null;
}

describe('workflows-examples', () => {
  test('build-test-push pushes from the default branch what its tests passed; the next runner finds its steps in the cache', async () => {
    const first = await run('build-test-push', push());
    expect(logOf(first)).toBe('ok');
    expect(await digestOf(':main')).toBe(first[0]!.steps[0]!.outputs.digest);
    expect(await digestOf(':buildcache')).not.toBeNull();
    const [again] = await run('build-test-push', push());
    expect(again!.steps[0]!.outputs).toMatchObject({ 'cache-hit': 'true', digest: await digestOf(':main') });
    const before = registry.requests.length;
    const fork = await run('build-test-push', forkPullRequest(3));
    expect(logOf(fork)).toBe('ok');
    expect(registry.requests.slice(before).filter((line) => /^(PUT|POST|PATCH)/.test(line))).toEqual([]);
  });

  test('multi-platform builds each platform in a job of its own and merges them', async () => {
    const runs = await run('multi-platform', push('topic'), {
      checkout: (workspace) =>
        writeFile(join(workspace, 'Dockerfile'), 'FROM scratch\nARG TARGETARCH\nCOPY Dockerfile /$TARGETARCH\n'),
    });
    expect(logOf(runs)).toBe('ok');
    expect(runs.map(({ job }) => job)).toEqual(['plan', 'build', 'build', 'merge']);
    expect(await digestOf(':topic')).toBe(runs[3]!.steps[0]!.outputs.digest);
    const answer = await fetch(`${registry.url}/v2/octo-org/hello-world/manifests/topic`, {
      headers: { accept: '*/*' },
    });
    const { manifests } = (await answer.json()) as { manifests: { digest: string }[] };
    expect(manifests.map(({ digest }) => digest).sort()).toEqual(
      [1, 2].map((i) => runs[i]!.steps[0]!.outputs.digest!).sort(),
    );
  });

  test('release-on-tag moves production; rollback takes it back, shown first; promote brings staging there', async () => {
    version = '1.0.0';
    const one = await run('release-on-tag', tag('v1.0.0'));
    expect(logOf(one)).toBe('ok');
    version = '1.1.0';
    const two = await run('release-on-tag', tag('v1.1.0'));
    expect(logOf(two)).toBe('ok');
    const [first, second] = [await digestOf(':1.0.0'), await digestOf(':1.1.0')];
    expect(await digestOf(':production')).toBe(second);
    const shown = await run('rollback', workflowDispatch({ to: 'previous', reason: 'slow', 'dry-run': 'true' }));
    expect([logOf(shown), await digestOf(':production')]).toEqual(['ok', second]);
    const back = await run('rollback', workflowDispatch({ to: 'previous', reason: 'slow', 'dry-run': 'false' }));
    expect([logOf(back), await digestOf(':production')]).toEqual(['ok', first]);
    version = 'broken';
    const broken = await run('release-on-tag', tag('v1.2.0'));
    expect(broken[0]!.ok).toBe(false);
    expect([await digestOf(':1.2.0'), await digestOf(':production')]).toEqual([null, first]);
    version = '2.0.0';
    const cli = new CommandLine(join(scratch, 'cli'));
    const name = `${registry.host}/octo-org/hello-world`;
    expect(logOf(await run('build-test-push', push()))).toBe('ok');
    await cli.ok(['release', `${name}:main`, '--channel', 'staging']);
    const held = await run('promote', workflowDispatch());
    expect(held[0]!.steps[0]!.log).toContain('is held');
    await cli.ok(['release', '--unhold', name, '--channel', 'production']);
    const promoted = await run('promote', workflowDispatch());
    expect([logOf(promoted), await digestOf(':production')]).toEqual(['ok', await digestOf(':main')]);
  });

  test('sharded-tests runs the tests of one image on four runners', async () => {
    const runs = await run('sharded-tests', forkPullRequest(4));
    expect(logOf(runs)).toBe('ok');
    expect(runs.map(({ job }) => job)).toEqual(['test', 'test', 'test', 'test']);
  });

  test('self-hosted-rootless builds and pushes', async () => {
    const runs = await run('self-hosted-rootless', push('next'));
    expect(logOf(runs)).toBe('ok');
    expect(await digestOf(':next')).toBe(runs[0]!.steps[0]!.outputs.digest);
  });

  describe('monorepo', () => {
    const repository = join(scratch, 'monorepo');
    let env: Record<string, string>;
    const git = (...args: string[]): string =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        cwd: repository,
        encoding: 'utf8',
      }).trim();
    const checkout = (workspace: string): Promise<void> => cp(repository, workspace, { recursive: true });
    const pushed = (before: string): RunnerEvent => ({ ...push(), payload: { ...push().payload, before } });
    const images = (runs: readonly JobRun[]): string[] =>
      Object.keys(JSON.parse(runs[0]!.steps[0]!.outputs.images ?? '{}') as object);

    beforeAll(async () => {
      await cp(join(EXAMPLES, 'monorepo'), repository, { recursive: true });
      git('init', '-q', '-b', 'main');
      git('add', '.');
      git('commit', '-q', '-m', 'one');
      const engine = await new CommandLine(join(scratch, 'base')).engine;
      const content = await engine.content();
      const base = await busyboxImage(content);
      await (await engine.refs()).set('docker.io/library/busybox:stable', base.descriptor);
      const cli = new CommandLine(join(scratch, 'base'));
      const name = `${registry.host}/library/busybox:stable`;
      await cli.ok(['tag', 'busybox:stable', name]);
      await cli.ok(['push', '--quiet', name]);
      env = { REGISTRY: registry.host, BASE: name };
    });

    test('builds both services on the image they share, and pushes them when all are good', async () => {
      const runs = await run('monorepo', pushed('0'.repeat(40)), { checkout, env });
      expect(logOf(runs)).toBe('ok');
      expect(images(runs)).toEqual(['base', 'api', 'web']);
      expect(runs[0]!.steps[0]!.summary).toContain('Tests: 2 passed, 0 failed');
      expect([await digestOf('/api:main'), await digestOf('/web:main')]).toEqual([
        expect.any(String),
        expect.any(String),
      ]);
      expect(await digestOf('/base:main')).toBeNull();
    });

    test('builds only what a push changed, and what that is built from', async () => {
      const before = git('rev-parse', 'HEAD');
      const [api, web] = [await digestOf('/api:main'), await digestOf('/web:main')];
      await writeFile(
        join(repository, 'services/web/web.sh'),
        '#!/bin/sh\nprintf "<h1>%s</h1>\\n" "$(greet)" # more\n',
      );
      git('commit', '-q', '-a', '-m', 'two');
      const runs = await run('monorepo', pushed(before), { checkout, env });
      expect(logOf(runs)).toBe('ok');
      expect(images(runs)).toEqual(['base', 'web']);
      expect(runs[0]!.steps[0]!.log).toContain(`api: not built, nothing of it changed since ${before.slice(0, 12)}`);
      expect(await digestOf('/api:main')).toBe(api);
      expect(await digestOf('/web:main')).not.toBe(web);
    });

    test('pushes neither when one of them fails its tests', async () => {
      const before = git('rev-parse', 'HEAD');
      const both = [await digestOf('/api:main'), await digestOf('/web:main')];
      await writeFile(join(repository, 'base/greet.sh'), '#!/bin/sh\necho "${1:-hullo}"\n');
      await writeFile(join(repository, 'services/web/web.sh'), '#!/bin/sh\necho "<h1>hello</h1>"\n');
      git('commit', '-q', '-a', '-m', 'three');
      const runs = await run('monorepo', pushed(before), { checkout, env });
      expect(runs[0]!.ok).toBe(false);
      expect(runs[0]!.steps[0]!.log).toMatch(/api: 1 of 1 tests failed/);
      expect([await digestOf('/api:main'), await digestOf('/web:main')]).toEqual(both);
    });
  });

  test('none is left out', () => {
    expect([...ran].sort()).toEqual(readdirSync(EXAMPLES).filter((name) => name.endsWith('.yml')));
  });
});
