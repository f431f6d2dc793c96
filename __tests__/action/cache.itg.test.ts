import { readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type CacheScopes, TestCacheService } from '../helpers/cache-service.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { bundleAction } from '../helpers/runner/bundle.ts';
import { forkPullRequest } from '../helpers/runner/events.ts';
import { Runner, type StepOptions, type StepResult } from '../helpers/runner/runner.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const scratch = await scratchFolder('action-cache');
let service: TestCacheService;
let registry: TestRegistry;
let action: string;

beforeAll(async () => {
  service = await TestCacheService.start();
  registry = await startRegistry();
  action = await bundleAction(join(scratch, 'action'));
}, 60_000);

afterAll(async () => {
  await service.close();
  await registry.close();
});

const DOCKERFILE = `FROM scratch
COPY busybox /bin/sh
RUN --mount=type=cache,target=/c echo x >> /c/f; echo there are $(while read l; do echo -n $l; done < /c/f)
COPY version /version
RUN echo last
`;

/** One job on a runner whose disk is new, as GitHub's are. */
async function job(
  version: string,
  options: StepOptions & { scopes?: CacheScopes; dockerfile?: string; files?: Record<string, string> } = {},
): Promise<{ step: StepResult; post: StepResult }> {
  const { scopes, dockerfile = DOCKERFILE, files = {}, ...rest } = options;
  const folder = await mkdtemp(join(scratch, 'runner-'));
  const workspace = join(folder, 'workspace');
  await chmod(folder, 0o755);
  await mkdir(workspace);
  await copyFile('/bin/busybox', join(workspace, 'busybox'));
  await writeFile(join(workspace, 'Dockerfile'), dockerfile);
  await writeFile(join(workspace, 'version'), version);
  for (const [name, text] of Object.entries(files)) await writeFile(join(workspace, name), text);
  if (rest.user) await chown(workspace, rest.user.uid, rest.user.gid);
  const step = await new Runner(action, folder).step({
    ...rest,
    env: {
      ...service.env(scopes),
      RUNNER_ENVIRONMENT: 'github-hosted',
      GITHUB_API_URL: service.url,
      ...(rest.user === undefined
        ? {}
        : { CONTAINERIZE_ROOT: join(workspace, '.state'), CONTAINERIZE_RUN: join(workspace, '.run') }),
      ...rest.env,
    },
  });
  return { step, post: await step.post() };
}

/** Users of the processes that speak to the service. */
function workers(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const words = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0');
        const ours = words.includes('actions-cache') && words.some((word) => word.startsWith(action));
        // the effective user is set before the program begins
        return ours ? [Number(/^Uid:\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1])] : [];
      } catch {
        return [];
      }
    });
}

const warnings = ({ annotations }: StepResult) => annotations.filter(({ command }) => command === 'warning');

describe('the Action’s caches on a runner of GitHub’s', () => {
  test('are kept by default: the next run finds every step, and a changed one finds its cache mount', async () => {
    const first = await job('1');
    expect(first.step.code).toBe(0);
    expect(first.step.log).toContain('there are x\n');
    expect(warnings(first.step)).toEqual([]);
    expect(first.step.summary).toMatch(
      /### Cache\n\n- from gha scope .*nothing.*\n- to gha scope .*at the end of the job/,
    );
    // nothing was sent while the step ran
    expect(first.post.code).toBe(0);
    expect(first.post.log).toMatch(/cache to gha scope .*: \d+ blobs, .*, in \d/);
    expect(warnings(first.post)).toEqual([]);

    const second = await job('1');
    expect(second.step).toMatchObject({ code: 0, outputs: { 'cache-hit': 'true' } });
    expect(second.step.outputs.digest).toBe(first.step.outputs.digest);
    expect(second.post.log).toMatch(/cache to gha scope .*: nothing new/);

    const third = await job('2');
    expect(third.step).toMatchObject({ code: 0, outputs: { 'cache-hit': 'false' } });
    expect(third.step.log).toContain('file version changed');
    expect(third.step.summary).toContain('file version changed');
    // what the new one made superfluous is removed with the step's token
    expect(third.post.log).toMatch(/cache: \d+ older entries of gha scope .* were removed/);
    const indexes = service.keys().filter((key) => key.includes('-index-'));
    expect(indexes).toHaveLength(1);

    const other = await job('2', { dockerfile: DOCKERFILE.replace('echo x >>', 'echo y >>') });
    expect(other.step.log).toContain('there are xy');
    expect(other.step.summary).toMatch(/cache mount \/c: .* from gha scope/);
  }, 60_000);

  test('bring no layer over that the registry has: a push of what did not change moves nothing but the index', async () => {
    const inputs = { tags: `${registry.host}/octo/whole:1`, push: 'true' };
    const first = await job('1', { inputs });
    expect(first.step.code).toBe(0);
    const before = [service.requests.length, registry.requests.length] as const;
    const second = await job('1', { inputs, env: { GITHUB_SHA: 'f'.repeat(40) } });
    expect(second.step).toMatchObject({
      code: 0,
      outputs: { 'cache-hit': 'true', digest: first.step.outputs.digest! },
    });
    expect(second.step.log).toMatch(/\d layers stay where they are: every registry has them/);
    expect(service.requests.slice(before[0]).filter((line) => /^GET .*-pack-/.test(line))).toEqual([]);
    expect(registry.requests.slice(before[1]).filter((line) => /^(POST|PATCH|GET) .*blobs/.test(line))).toEqual([]);

    // another registry has nothing: everything comes over
    await using other = await startRegistry();
    const third = await job('1', { inputs: { ...inputs, tags: `${inputs.tags}\n${other.host}/octo/whole:1` } });
    expect(third.step.code).toBe(0);
    const answer = await fetch(`${other.url}/v2/octo/whole/manifests/1`, { headers: { accept: '*/*' } });
    expect(answer.headers.get('docker-content-digest')).toBe(first.step.outputs.digest);
  }, 60_000);

  test('bring no layer over for an image of a pipeline file either, unless it is tested', async () => {
    const image = `${registry.host}/octo/piped`;
    const files = (tests: string) => ({
      'containerize.yml': `image: ${image}\ntags: ["type=raw,value=1"]\npush: true\n${tests}`,
    });
    const first = await job('1', { files: files('') });
    expect(first.step.code).toBe(0);
    const packs = async (tests: string): Promise<number> => {
      const before = service.requests.length;
      const { step } = await job('1', { files: files(tests) });
      expect(step).toMatchObject({ code: 0, outputs: { 'cache-hit': 'true' } });
      return service.requests.slice(before).filter((line) => /^GET .*-pack-/.test(line)).length;
    };
    expect(await packs('')).toBe(0);
    expect(await packs('tests: ["[ -e /version ]"]\n')).toBeGreaterThan(0);
  }, 60_000);

  test('of a fork’s pull request are read, and not written: nothing fails and nothing warns', async () => {
    const dockerfile = `${DOCKERFILE}RUN echo fork\n`;
    await job('f', { dockerfile });
    const saved = service.keys().length;
    const fork = await job('f', {
      dockerfile: `${dockerfile}RUN echo more\n`,
      event: forkPullRequest(),
      scopes: [['refs/heads/main', 1]],
    });
    expect(fork.step.code).toBe(0);
    expect(fork.step.log).toMatch(/records used/);
    expect(fork.post.code).toBe(0);
    expect(fork.post.log).toContain('this run may only read caches');
    expect([...warnings(fork.step), ...warnings(fork.post)]).toEqual([]);
    expect(service.keys()).toHaveLength(saved);
  }, 60_000);

  test('are kept when a step fails: what went well before it is found by the next run', async () => {
    const dockerfile = `FROM scratch\nCOPY busybox /bin/sh\nRUN echo this went well\nRUN read a < /nothing\n`;
    const failed = await job('1', { dockerfile });
    expect(failed.step.code).toBe(1);
    expect(failed.post.log).toMatch(/cache to gha scope .*: \d+ blob/);
    const again = await job('1', { dockerfile: dockerfile.replace('RUN read a < /nothing', 'RUN echo mended') });
    expect(again.step.code).toBe(0);
    expect(again.step.log).not.toContain('\nthis went well');
    expect(again.step.log).toContain('mended');
  }, 60_000);

  test('cost a warning and no more when the service is down or too slow', async () => {
    const down = await job('1', {
      env: { ACTIONS_RESULTS_URL: 'http://127.0.0.1:9/' },
      inputs: { 'cache-from': 'none', 'cache-to': 'type=gha', 'cache-timeout': '2' },
    });
    expect(down.step.code).toBe(0);
    expect(down.post.code).toBe(0);
    expect(warnings(down.post).map(({ data }) => data)).toEqual([
      expect.stringMatching(/^the build cache could not be saved: .*ECONNREFUSED$/),
    ]);
    service.delay = 10_000;
    try {
      const slow = await job('1', { inputs: { 'cache-from': 'none', 'cache-to': 'type=gha', 'cache-timeout': '2' } });
      expect(slow.step.code).toBe(0);
      expect(slow.post.code).toBe(0);
      expect(warnings(slow.post)).toHaveLength(1);
    } finally {
      service.delay = 0;
    }
  }, 60_000);

  test('in a folder that is damaged are a warning, read or written', async () => {
    const folder = await mkdtemp(join(scratch, 'damaged-'));
    await writeFile(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    await writeFile(join(folder, 'index.json'), '{"manifests":');
    const inputs = { 'cache-from': `type=local,src=${folder}`, 'cache-to': `type=local,dest=${folder}` };
    const { step } = await job('1', { inputs });
    expect(step.code).toBe(0);
    expect(warnings(step).map(({ data }) => data)).toEqual([
      expect.stringMatching(/^no cache from .*index\.json: expected JSON/),
      expect.stringMatching(/^the build cache could not be saved: .*index\.json: expected JSON/),
    ]);
  }, 60_000);

  test('serve the stages that are tests too, each in a scope of its own', async () => {
    const dockerfile = `FROM scratch AS app
COPY busybox /bin/sh
RUN echo build
FROM app AS check
RUN echo checked >> /log
FROM app
`;
    const inputs = { 'test-targets': 'check', tags: 'local/checked:1' };
    const first = await job('1', { dockerfile, inputs });
    expect(first.step.code).toBe(0);
    expect(first.post.log.match(/cache to gha scope .*: \d+ blobs?/g)).toHaveLength(2);
    const second = await job('1', { dockerfile, inputs });
    expect(second.step.code).toBe(0);
    expect(second.step.log).toMatch(/\[check 1\/1\] RUN echo checked >> \/log cached/);
    expect(second.post.log.match(/nothing new/g)).toHaveLength(2);
  }, 60_000);

  test('are not there by default on runners of one’s own, with no-cache, or when the step says none', async () => {
    const before = service.requests.length;
    const steps = [
      await job('1', { env: { RUNNER_ENVIRONMENT: 'self-hosted' } }),
      await job('1', { inputs: { 'no-cache': 'true' } }),
      await job('1', { inputs: { 'cache-to': 'none' } }),
    ];
    for (const { step } of steps) expect(step.code).toBe(0);
    expect(service.requests.slice(before)).toEqual([]);
  }, 60_000);

  test.each(['sudo', 'userns'])(
    'work through %s: entries are unpacked as the runner’s user',
    async (rung) => {
      const passwd = readFileSync('/etc/passwd', 'utf8').split('\n');
      const [, , uid, gid] = passwd
        .find((line) => line.startsWith('runner:'))!
        .split(':')
        .map(Number);
      const user = { uid: uid!, gid: gid!, name: 'runner', home: join(scratch, 'home') };
      const inputs = { tags: `local/${rung}:1` };
      const env = { CONTAINERIZE_PRIVILEGE: rung };
      const first = await job('1', { user, inputs, env });
      expect(first.step.log).toMatch(rung === 'sudo' ? /privileges: sudo/ : /privileges: a user namespace/);
      expect(first.step.code).toBe(0);
      expect(first.post.log).toMatch(/cache to gha scope .*: \d+ blobs/);
      const seen = new Set<number>();
      const look = setInterval(() => {
        for (const uid of workers()) seen.add(uid);
      }, 5);
      const second = await job('1', { user, inputs, env });
      clearInterval(look);
      expect(second.step).toMatchObject({ code: 0, outputs: { 'cache-hit': 'true' } });
      expect([...seen]).toEqual([user.uid]);
      const third = await job('1', { user, inputs, env, dockerfile: DOCKERFILE.replace('echo x >>', 'echo y >>') });
      expect(third.step.log).toContain('there are xy');
    },
    60_000,
  );
});
