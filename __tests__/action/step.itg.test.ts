import type { ChildProcess } from 'node:child_process';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { bundleAction } from '../helpers/runner/bundle.ts';
import { forkPullRequest, push, schedule, tag, workflowDispatch } from '../helpers/runner/events.ts';
import { Runner, type StepOptions } from '../helpers/runner/runner.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { until } from '../helpers/until.ts';

const scratch = await scratchFolder('action');
let registry: TestRegistry;
let action: string;

beforeAll(async () => {
  registry = await startRegistry();
  action = await bundleAction(join(scratch, 'action'));
}, 60_000);

afterAll(() => registry.close());

/** A runner with a checkout of a small project. */
async function runnerWith(files: Record<string, string>): Promise<{ runner: Runner; workspace: string }> {
  const folder = await mkdtemp(join(scratch, 'runner-'));
  const workspace = join(folder, 'workspace');
  // other users have to reach it
  await chmod(folder, 0o755);
  await mkdir(workspace);
  await copyFile('/bin/busybox', join(workspace, 'busybox'));
  for (const [name, text] of Object.entries(files)) await writeFile(join(workspace, name), text);
  return { runner: new Runner(action, folder), workspace };
}

const SMALL = 'FROM scratch\nCOPY busybox /bin/sh\nCOPY version /version\n';

/** Processes whose command line has the text. */
function running(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
      } catch {
        return false;
      }
    });
}

describe('a step', () => {
  test('on a push builds, names by rules, pushes by that digest, and tells everything', async () => {
    const { runner } = await runnerWith({ Dockerfile: `${SMALL}RUN echo ::error::evil && echo hello\n`, version: '1' });
    const inputs = { images: `${registry.host}/Octo/App`, tags: 'type=ref,event=branch\ntype=sha', push: 'true' };
    const first = await runner.step({ inputs });
    expect(first).toMatchObject({ code: 0, outputs: { version: 'main', 'cache-hit': 'false' } });
    const { digest, tags } = first.outputs;
    expect(tags).toBe(`${registry.host}/octo/app:main\n${registry.host}/octo/app:sha-0123456`);
    const answer = await fetch(`${registry.url}/v2/octo/app/manifests/sha-0123456`, { headers: { accept: '*/*' } });
    expect(answer.headers.get('docker-content-digest')).toBe(digest);
    expect(first.artifacts).toBe(`${registry.host}/octo/app@${digest}\n`);
    expect(first.groups.some((name) => name.includes('RUN echo'))).toBe(true);
    expect(first.log).toContain('hello');
    expect(first.annotations.filter(({ command }) => command === 'error')).toEqual([]);
    expect(first.summary).toContain(digest);
    expect(first.summary).toContain('```mermaid');
    expect(first.log).toContain('privileges: root');
    expect(first.raw.match(/ready after (\d+) ms/)).not.toBeNull();
    const docker = first.state.docker!;
    expect(existsSync(docker)).toBe(true);
    const post = await first.post();
    expect(post.code).toBe(0);
    expect(existsSync(docker)).toBe(false);
  });

  test('hides secrets, and the build can read them', async () => {
    const { runner } = await runnerWith({
      Dockerfile: `${SMALL}RUN --mount=type=secret,id=token t=$(sh -c 'read a < /run/secrets/token; echo $a'); echo "got $t"; [ "$t" = hunter2hunter2 ]\n`,
      version: '1',
    });
    const result = await runner.step({ inputs: { secrets: 'token=hunter2hunter2' } });
    expect(result.code).toBe(0);
    expect(result.log).not.toContain('hunter2');
    expect(result.summary).not.toContain('hunter2');
  });

  test('of a fork’s pull request builds without secrets, and a missing password is said', async () => {
    const { runner } = await runnerWith({ Dockerfile: SMALL, version: '1' });
    const event = forkPullRequest();
    const built = await runner.step({ event, inputs: { images: `${registry.host}/octo/fork`, push: 'false' } });
    expect(built).toMatchObject({ code: 0, outputs: { version: 'pr-7' } });
    expect((await fetch(`${registry.url}/v2/octo/fork/tags/list`)).status).toBe(404);
    const login = await runner.step({ event, inputs: { username: 'octocat', password: '' } });
    expect(login.code).toBe(1);
    expect(login.log).toMatch(/input password: missing[\s\S]*secrets are empty in pull requests from forks/);
  });

  test('on a tag makes the versions and latest; on a schedule the nightly', async () => {
    const { runner } = await runnerWith({ Dockerfile: SMALL, version: '1' });
    const inputs = {
      images: `${registry.host}/octo/versions`,
      tags: 'type=semver,pattern={{version}}\ntype=semver,pattern={{major}}\ntype=schedule',
      push: 'true',
    };
    const tagged = await runner.step({ event: tag('v1.2.3'), inputs });
    expect(tagged).toMatchObject({ code: 0, outputs: { version: '1.2.3' } });
    const nightly = await runner.step({ event: schedule(), inputs });
    expect(nightly).toMatchObject({ code: 0, outputs: { version: 'nightly', 'cache-hit': 'true' } });
    const { tags } = (await (await fetch(`${registry.url}/v2/octo/versions/tags/list`)).json()) as { tags: string[] };
    expect(tags.sort()).toEqual(['1', '1.2.3', 'latest', 'nightly']);
  });

  test('releases to a channel, and a dispatched rollback goes back', async () => {
    const { runner, workspace } = await runnerWith({ Dockerfile: SMALL, version: '1' });
    const name = `${registry.host}/octo/channel`;
    const inputs = (version: string) => ({ tags: `${name}:${version}`, push: 'true', channel: 'stable' });
    const one = await runner.step({ inputs: inputs('1') });
    expect(one).toMatchObject({ code: 0, outputs: { changed: 'true' } });
    await writeFile(join(workspace, 'version'), '2');
    const two = await runner.step({ inputs: inputs('2') });
    expect(two).toMatchObject({
      code: 0,
      outputs: { 'from-digest': one.outputs.digest, 'to-digest': two.outputs.digest },
    });
    expect(two.outputs['undo-command']).toContain('containerize rollback');
    const event = workflowDispatch({ reason: 'broken' });
    const back = await runner.step({
      event,
      inputs: { command: 'rollback', image: name, channel: 'stable', reason: 'broken' },
    });
    expect(back).toMatchObject({ code: 0, outputs: { changed: 'true', 'to-digest': one.outputs.digest } });
    expect(back.summary).toContain('To go back:');
    const held = await runner.step({ inputs: inputs('2') });
    expect(held.code).toBe(0);
    expect(held.outputs.changed).toBeUndefined();
    expect(held.log).toMatch(/not released: stable is held/);
    const again = await runner.step({
      event,
      inputs: { command: 'rollback', image: name, channel: 'stable', to: one.outputs.digest! },
    });
    expect(again).toMatchObject({ code: 0, outputs: { changed: 'false' } });
  });

  test('tests the very image before it pushes: a failing test stops everything', async () => {
    const { runner, workspace } = await runnerWith({ Dockerfile: SMALL, version: '1' });
    const name = `${registry.host}/octo/tested`;
    const inputs = {
      tags: `${name}:1`,
      push: 'true',
      test: '[ -e /version ]\necho ::error::evil; exit 4',
    };
    const failed = await runner.step({ inputs });
    expect(failed.code).toBe(1);
    expect(failed.log).toContain('1 of 2 tests failed');
    expect(failed.summary).toContain('### Tests: 1 passed, 1 failed');
    expect(failed.annotations.map(({ data }) => data)).toEqual([expect.stringContaining('tests failed')]);
    expect(failed.outputs['test-report']).toBe(join(workspace, 'test-results/containerize.xml'));
    expect(readFileSync(failed.outputs['test-report']!, 'utf8')).toContain(
      '<failure message="ended with 4">::error::evil</failure>',
    );
    expect((await fetch(`${registry.url}/v2/octo/tested/tags/list`)).status).toBe(404);
    const passed = await runner.step({ inputs: { ...inputs, test: inputs.test.split('\n')[0]! } });
    expect(passed.code).toBe(0);
    expect((await fetch(`${registry.url}/v2/octo/tested/tags/list`)).status).toBe(200);
  });

  test('checks the very image, and marks the line of the check that fails', async () => {
    const checks = `schemaVersion: 2.0.0
fileExistenceTests:
- {name: version, path: /version}
fileContentTests:
- {name: text, path: /version, expectedContents: ['^2']}
`;
    const { runner } = await runnerWith({ Dockerfile: SMALL, version: '1', 'checks.yaml': checks });
    const name = `${registry.host}/octo/checked`;
    const failed = await runner.step({ inputs: { tags: `${name}:1`, push: 'true', 'test-checks': 'checks.yaml' } });
    expect(failed.code).toBe(1);
    expect(failed.annotations).toContainEqual(
      expect.objectContaining({
        data: expect.stringContaining('expected /version to match /^2/, found "1"'),
        properties: expect.objectContaining({ file: 'checks.yaml', line: '5' }),
      }),
    );
    expect((await fetch(`${registry.url}/v2/octo/checked/tags/list`)).status).toBe(404);
  });

  test('of a matrix pushes by digest; the merge makes one index, only when all platforms are there, and twice the same', async () => {
    const { runner, workspace } = await runnerWith({
      Dockerfile: 'FROM scratch\nARG TARGETARCH\nCOPY version /version\nLABEL a=$TARGETARCH\n',
      version: '1',
    });
    const name = `${registry.host}/octo/matrix`;
    const platforms = 'linux/amd64,linux/arm64';
    const plan = await runner.step({ inputs: { command: 'plan', platforms } });
    const { include } = JSON.parse(plan.outputs.matrix!) as { include: { platform: string }[] };
    const digests: string[] = [];
    for (const { platform } of include) {
      const inputs = { platforms: platform, outputs: `type=image,name=${name},push-by-digest=true,push=true` };
      const built = await runner.step({ inputs });
      expect(built.code).toBe(0);
      digests.push(built.outputs.digest!);
    }
    const listed = await fetch(`${registry.url}/v2/octo/matrix/tags/list`);
    expect(((await listed.json()) as { tags?: string[] | null }).tags ?? []).toEqual([]);
    const early = await runner.step({
      inputs: { command: 'merge', tags: `${name}:1`, platforms, digests: digests[0]! },
    });
    expect(early.code).toBe(1);
    expect(early.log).toContain('no digest is an image for linux/arm64');
    await mkdir(join(workspace, 'digests'));
    for (const digest of digests) await writeFile(join(workspace, 'digests', digest.slice(7)), '');
    const inputs = { command: 'merge', tags: `${name}:1\n${name}:latest`, platforms, digests: 'digests' };
    const merged = await runner.step({ inputs });
    expect(merged.code).toBe(0);
    const index = await fetch(`${registry.url}/v2/octo/matrix/manifests/latest`, { headers: { accept: '*/*' } });
    expect(index.headers.get('docker-content-digest')).toBe(merged.outputs.digest);
    const { manifests } = (await index.json()) as {
      manifests: { digest: string; platform: { architecture: string } }[];
    };
    expect(manifests.map(({ digest }) => digest).sort()).toEqual([...digests].sort());
    expect(manifests.map(({ platform }) => platform.architecture)).toEqual(['amd64', 'arm64']);
    const again = await runner.step({ inputs: { ...inputs, digests: [...digests].reverse().join('\n') } });
    expect(again.outputs.digest).toBe(merged.outputs.digest);
    const wrong = await runner.step({ inputs: { ...inputs, digests: 'nothing-there' } });
    expect(wrong.log).toContain('expected a digest or a folder');
  });

  test('reads on a fresh runner what another one left in a registry’s cache', async () => {
    const files = { Dockerfile: `${SMALL}RUN echo slow > /slow\n`, version: '1' };
    const cache = `type=registry,ref=${registry.host}/octo/cache:main`;
    const [first, second] = [await runnerWith(files), await runnerWith(files)];
    const cold = await first.runner.step({ inputs: { 'cache-from': cache, 'cache-to': `${cache},mode=max` } });
    expect(cold).toMatchObject({ code: 0, outputs: { 'cache-hit': 'false' } });
    const warm = await second.runner.step({ inputs: { 'cache-from': cache } });
    expect(warm).toMatchObject({ code: 0, outputs: { 'cache-hit': 'true' } });
  });

  test('whose cache cannot be reached or is of an unknown kind builds all the same, with a warning', async () => {
    const { runner } = await runnerWith({ Dockerfile: SMALL, version: '1' });
    const damaged = await runner.step({
      inputs: {
        'cache-from': 'type=registry,ref=127.0.0.1:1/octo/cache\ntype=gha',
        'cache-to': 'type=gha,mode=max',
        platforms: 'linux/amd64',
      },
    });
    expect(damaged.code).toBe(0);
    expect(damaged.outputs.digest).toMatch(/^sha256:/);
    expect(damaged.annotations.length).toBeGreaterThan(0);
    expect(damaged.annotations.every(({ command }) => command === 'warning')).toBe(true);
  });

  test('of a repository with a containerize.yml does what it says, image by image', async () => {
    const { runner, workspace } = await runnerWith({ Dockerfile: SMALL, version: '1' });
    const pipeline = `push: true
tags: [type=sha]
images:
  web:
    image: ${registry.host}/octo/web
    build: { context: ., cache_from: ['type=gha'] }
    tests: ['[ -e /version ]']
    release: [{ channel: stable, when: push }]
  worker:
    image: ${registry.host}/octo/worker
    build: .
`;
    await writeFile(join(workspace, 'containerize.yml'), pipeline);
    const result = await runner.step({});
    expect(result.log).toContain('release to stable yes');
    expect(result.code).toBe(0);
    const images = JSON.parse(result.outputs.images!) as Record<string, string>;
    expect(Object.keys(images)).toEqual(['web', 'worker']);
    const answer = await fetch(`${registry.url}/v2/octo/web/manifests/stable`, { headers: { accept: '*/*' } });
    expect(answer.headers.get('docker-content-digest')).toBe(images.web);
    expect(result.outputs).toMatchObject({ changed: 'true', digest: images.web });
    expect(result.summary).toContain('Tests: 1 passed, 0 failed');
    expect(result.annotations.filter(({ data }) => data.includes('no cache from gha'))).toHaveLength(1);
    const one = await runner.step({ inputs: { config: 'containerize.yml', image: 'worker', push: 'false' } });
    expect(one).toMatchObject({ code: 0 });
    expect(Object.keys(JSON.parse(one.outputs.images!) as object)).toEqual(['worker']);
    const own = await runner.step({ inputs: { tags: 'own:1' } });
    expect(own.log).toContain('containerize.yml is not used');
  });

  test.each([
    ['imagse: {}\n', {}, /did you mean image\?[\s\S]*containerize.yml:1:1/],
    ['build: .\n', { config: 'nowhere.yml' }, /there is no file nowhere.yml/],
    ['build: .\n', { config: 'containerize.yml', tags: 'a:1' }, /input tags: cannot be given together with config/],
    ['build: .\n', { image: 'web' }, /input image: there is no image web/],
  ] as [string, Record<string, string>, RegExp][])(
    'with the pipeline %j and inputs %j says what is wrong',
    async (text, inputs, message) => {
      const { runner } = await runnerWith({ Dockerfile: SMALL, version: '1', 'containerize.yml': text });
      const result = await runner.step({ inputs });
      expect(result.code).toBe(1);
      expect(result.log).toMatch(message);
      expect(result.annotations.filter(({ command }) => command === 'error')).toHaveLength(1);
    },
  );

  test('that fails marks the line of the Dockerfile, and shows what the program said', async () => {
    const { runner } = await runnerWith({ Dockerfile: `${SMALL}RUN echo before && exit 3\n`, version: '1' });
    const result = await runner.step({});
    expect(result.code).toBe(1);
    const [error] = result.annotations.filter(({ command }) => command === 'error');
    expect(error!.properties).toMatchObject({ file: 'Dockerfile', line: '4' });
    expect(result.log).toContain('before');
    expect(result.summary).toContain('❌');
    expect(result.log).not.toMatch(/ {4}at /);
    expect(result.outputs.digest).toBeUndefined();
  });

  test.each([
    [{ push: 'maybe' }, /input push: expected true or false/],
    [{ 'build-args': '"A=1' }, /input build-args: the quote in line 1 is not closed/],
    [{ tags: 'type=sematic' }, /sematic/],
    [{ tags: 'ghcr.io/:1' }, /ghcr.io\/:1/],
    [{ platforms: 'linux/amd64/v1/v2' }, /linux\/amd64\/v1\/v2/],
    [{ sbom: 'true' }, /attestations are not made yet/],
    [{ file: 'nowhere' }, /nowhere/],
  ] as [Record<string, string>, RegExp][])('with %j ends with one clear error', async (inputs, message) => {
    const { runner } = await runnerWith({ Dockerfile: SMALL, version: '1' });
    const result = await runner.step({ inputs });
    expect(result.code).toBe(1);
    expect(result.annotations.filter(({ command }) => command === 'error')).toHaveLength(1);
    expect(result.log).toMatch(message);
    expect(result.log).not.toMatch(/ {4}at /);
  });

  test('in an empty workspace that cannot be fetched asks for actions/checkout', async () => {
    const runner = new Runner(action, await mkdtemp(join(scratch, 'empty-')));
    const result = await runner.step({ env: { GITHUB_SERVER_URL: 'http://127.0.0.1:1' } });
    expect(result.code).toBe(1);
    expect(result.log).toMatch(/the workspace is empty[\s\S]*add actions\/checkout/);
    expect((await readdir(runner.temp)).filter((name) => name.startsWith('containerize-context'))).toEqual([]);
  });

  test('in an empty workspace fetches the commit, and post takes it away', async () => {
    const folder = await mkdtemp(join(scratch, 'git-'));
    const origin = join(folder, 'server', 'Octo-Org', 'Hello-World');
    await mkdir(origin, { recursive: true });
    await copyFile('/bin/busybox', join(origin, 'busybox'));
    await writeFile(join(origin, 'Dockerfile'), SMALL);
    await writeFile(join(origin, 'version'), '1');
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
        cwd: origin,
        encoding: 'utf8',
      });
    git('init', '-q');
    git('add', '.');
    git('commit', '-q', '-m', 'one');
    git('config', 'uploadpack.allowAnySHA1InWant', 'true');
    const env = { GITHUB_SERVER_URL: `file://${join(folder, 'server')}`, GITHUB_SHA: git('rev-parse', 'HEAD').trim() };
    const result = await new Runner(action, folder).step({ env });
    expect(result.code).toBe(0);
    expect(existsSync(result.state.context!)).toBe(true);
    await result.post();
    expect(existsSync(result.state.context!)).toBe(false);
  });
});

describe('an unprivileged runner', () => {
  const passwd = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((line) => line.startsWith('runner:'));
  const [, , uid, gid] = (passwd ?? '').split(':').map(Number);
  const user = { uid: uid!, gid: gid!, name: 'runner', home: '' };
  const asUser = async (runner: Runner, workspace: string, options: StepOptions) => {
    await chown(workspace, user.uid, user.gid);
    return runner.step({ ...options, workspace, user: { ...user, home: join(runner.folder, 'home') } });
  };

  test('is named runner on this machine', () => expect(passwd).toBeDefined());

  test('builds through sudo, and what is written for the user is the user’s', async () => {
    const { runner, workspace } = await runnerWith({
      Dockerfile: `${SMALL}RUN echo by $(id -u 2>/dev/null)root\n`,
      version: '1',
    });
    const result = await asUser(runner, workspace, {
      inputs: {
        outputs: 'type=local,dest=out',
        tags: `${registry.host}/octo/sudo:1`,
        push: 'true',
        secrets: 'token=hunter2hunter2',
      },
    });
    expect(result.log).toMatch(/privileges: sudo/);
    expect(result).toMatchObject({ code: 0 });
    expect(result.outputs.digest).toMatch(/^sha256:/);
    expect((await stat(join(workspace, 'out/version'))).uid).toBe(user.uid);
    expect(result.log).not.toContain('hunter2');
    await rm(join(runner.folder, 'root'), { recursive: true, force: true });
  });

  test('builds in a user namespace when there is no sudo', async () => {
    const { runner, workspace } = await runnerWith({ Dockerfile: `${SMALL}RUN echo rootless > /who\n`, version: '1' });
    const result = await asUser(runner, workspace, {
      env: {
        CONTAINERIZE_PRIVILEGE: 'userns',
        CONTAINERIZE_ROOT: join(workspace, '.state'),
        CONTAINERIZE_RUN: join(workspace, '.run'),
      },
      inputs: { outputs: 'type=local,dest=out' },
    });
    expect(result.log).toMatch(/privileges: a user namespace/);
    expect(result.code).toBe(0);
    expect((await stat(join(workspace, 'out/who'))).uid).toBe(user.uid);
  });

  test('without any privileges hears what was tried', async () => {
    const { runner, workspace } = await runnerWith({ Dockerfile: SMALL, version: '1' });
    const result = await asUser(runner, workspace, { env: { CONTAINERIZE_PRIVILEGE: 'sudo', PATH: '/nowhere' } });
    expect(result.code).toBe(1);
    expect(result.log).toMatch(/containers need root or a user namespace[\s\S]*sudo -n:/);
  });

  test('reads the engine’s errors with their place and hint', async () => {
    const { runner, workspace } = await runnerWith({ Dockerfile: `${SMALL}RUN exit 3\n`, version: '1' });
    const result = await asUser(runner, workspace, {});
    expect(result.code).toBe(1);
    expect(result.annotations[0]!.properties).toMatchObject({ file: 'Dockerfile', line: '4' });
  });

  test.each(['SIGINT', 'SIGTERM', 'SIGKILL'] as const)('leaves nothing running after %s', async (signal) => {
    const mark = `/marker-${signal}`;
    const { runner, workspace } = await runnerWith({
      Dockerfile: `${SMALL}RUN echo begun; while :; do sh -c 'read -t 1 a < /dev/zero' ${mark}; done\n`,
      version: '1',
    });
    const result = await asUser(runner, workspace, {
      onStart: (child, output) => stopWhenBegun(child, output, signal),
    });
    expect(result.code).not.toBe(0);
    await until(() => running(mark).length === 0, 10_000);
    if (signal !== 'SIGKILL') {
      expect(result.log).toContain('cancelled: everything of this step was stopped');
      expect(result.state.running).toBe('');
    } else expect(result.state.running).toBe('true');
    const post = await result.post();
    expect(post).toMatchObject({ code: 0 });
    expect(post.annotations).toEqual([]);
    expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(runner.folder);
  });
});

test('on the root rung a cancelled step stops its programs as well', async () => {
  const { runner } = await runnerWith({
    Dockerfile: `${SMALL}RUN echo begun; while :; do sh -c 'read -t 1 a < /dev/zero' /marker-root; done\n`,
    version: '1',
  });
  const result = await runner.step({
    event: push(),
    onStart: (child, output) => stopWhenBegun(child, output, 'SIGINT'),
  });
  expect(result.code).toBe(130);
  expect(running('/marker-root')).toEqual([]);
});

function stopWhenBegun(child: ChildProcess, output: () => string, signal: NodeJS.Signals): void {
  const timer = setInterval(() => {
    if (!/^begun$/m.test(output())) return;
    clearInterval(timer);
    child.kill(signal);
  }, 20);
  child.once('close', () => clearInterval(timer));
}
