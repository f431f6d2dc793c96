import { describe, expect, test } from '@jest/globals';
import { readInputs } from '../../src/action/inputs.ts';
import { requestOf } from '../../src/action/request.ts';
import type { RepositoryContext } from '../../src/release/tags/context.ts';

const repository: RepositoryContext = {
  provider: 'github',
  event: 'push',
  ref: 'refs/tags/v1.2.3',
  sha: '0123456789abcdef0123456789abcdef01234567',
  repository: { owner: 'Octo-Org', name: 'Hello-World', defaultBranch: 'main' },
  actor: 'octocat',
};

const request = (inputs: Record<string, string>, about: Partial<RepositoryContext> = {}, env = {}) => {
  const found = requestOf(
    readInputs((name) => inputs[name] ?? ''),
    {
      repository: { ...repository, ...about },
      now: new Date(0),
      workspace: '/workspace',
      digests: [],
      context: '/workspace',
      env,
    },
  );
  return { ...found, job: found.jobs[0]?.job ?? {} };
};

const flags = (words: readonly string[], name: string): string[] =>
  words.filter((word) => word.startsWith(`--${name}=`)).map((word) => word.slice(name.length + 3));

describe('a request', () => {
  test('of build-push-action: full names, only the given labels', () => {
    const { job, metadata } = request({
      tags: 'ghcr.io/o/app:1\nghcr.io/o/app:2',
      labels: 'a=b',
      push: 'true',
      context: 'sub',
      file: 'sub/D',
    });
    const words = job.build!.words;
    expect(flags(words, 'tag')).toEqual(['ghcr.io/o/app:1', 'ghcr.io/o/app:2']);
    expect(flags(words, 'label')).toEqual(['a=b']);
    expect(flags(words, 'file')).toEqual(['sub/D']);
    expect(words.slice(-2)).toEqual(['--', 'sub']);
    expect(job.build!.push).toBe(true);
    expect(metadata).toBeUndefined();
  });

  test('of metadata-action: rules make names, labels and outputs', () => {
    const { job, metadata } = request({
      images: 'ghcr.io/o/app',
      tags: 'type=semver,pattern={{version}}\ntype=semver,pattern={{major}}.{{minor}}',
    });
    expect(flags(job.build!.words, 'tag')).toEqual([
      'ghcr.io/o/app:1.2.3',
      'ghcr.io/o/app:1.2',
      'ghcr.io/o/app:latest',
    ]);
    expect(metadata!.version).toBe('1.2.3');
    expect(flags(job.build!.words, 'label')).toContain('org.opencontainers.image.version=1.2.3');
  });

  test('that pushes without names pushes to the package of the repository, in lower case', () => {
    const { job, notes } = request({ push: 'true' });
    expect(flags(job.build!.words, 'tag')).toContain('ghcr.io/octo-org/hello-world:v1.2.3');
    expect(notes.join('\n')).toMatch(/no images are named: ghcr.io\/octo-org\/hello-world/);
    expect(() => request({ push: 'true' }, {}, { GITHUB_SERVER_URL: 'https://git.example' })).toThrow(
      /input images: missing/,
    );
  });

  test('upper case in a name is repaired and said', () => {
    const { job, notes } = request({ tags: 'ghcr.io/Octo-Org/App:V1' });
    expect(flags(job.build!.words, 'tag')).toEqual(['ghcr.io/octo-org/app:V1']);
    expect(notes[0]).toMatch(/is written ghcr.io\/octo-org\/app:V1/);
  });

  test('that has nothing to push because no rule fits says so', () => {
    expect(() =>
      request(
        { images: 'ghcr.io/o/app', tags: 'type=semver,pattern={{version}}', push: 'true' },
        { ref: 'refs/heads/main' },
      ),
    ).toThrow(/no rule of tags gave a tag/);
  });

  test('secrets travel in the environment, not in words', () => {
    const { job, env } = request({ secrets: 'token=hunter2hunter2' });
    expect(JSON.stringify(job)).not.toContain('hunter2');
    expect(env).toEqual({ CONTAINERIZE_SECRET_0: 'hunter2hunter2' });
    expect(flags(job.build!.words, 'secret')).toEqual(['id=token,env=CONTAINERIZE_SECRET_0']);
  });

  test('of a rollback goes back by one, and holds', () => {
    expect(request({ command: 'rollback', image: 'ghcr.io/O/app', channel: 'stable' }).job.release).toMatchObject({
      action: 'rollback',
      repositories: ['ghcr.io/o/app'],
      to: 'previous',
      hold: true,
    });
  });

  test('of a promotion names where the image is', () => {
    expect(
      request({ command: 'promote', image: 'ghcr.io/o/app', 'channel-from': 'staging', to: 'stable' }).job.release,
    ).toMatchObject({ action: 'promote', source: 'ghcr.io/o/app:staging', channel: 'stable' });
  });

  test.each([
    [{ command: 'rollback', channel: 'stable' }, /input image: missing/],
    [{ command: 'rollback', image: 'ghcr.io/o/app' }, /input channel: missing/],
    [{ push: 'true', tags: 'ghcr.io/o/app:1', channel: 'a b' }, /expected the name of a channel, found "a b"/],
    [{ command: 'promote', image: 'ghcr.io/o/app', to: 'stable' }, /input channel-from: missing/],
    [{ command: 'release', image: 'ghcr.io/o/app', channel: 'stable' }, /with its tag or digest/],
    [{ command: 'push' }, /input tags: missing/],
    [{ command: 'merge', tags: 'a:1' }, /input digests: missing/],
    [{ command: 'plan' }, /input platforms: missing/],
    [{ command: 'plan', platforms: 'linux/amd64', runners: 'x' }, /expected PLATFORM=LABEL/],
  ])('%j lacks something', (inputs, message) => {
    expect(() => request(inputs as Record<string, string>)).toThrow(message);
  });

  test('of tests pushes nothing, and runs them before a push', () => {
    expect(request({ command: 'test', test: 'app --version', push: 'true', tags: 'a:1' }).job.build).toMatchObject({
      push: false,
      test: { tests: [{ run: 'app --version', network: 'none', retries: 0 }], output: 'test-results' },
    });
    expect(() => request({ command: 'test' })).toThrow(/input test: missing/);
    expect(() => request({ test: 'true', 'test-output': '../x' })).toThrow(/expected a folder in the workspace/);
  });

  test('of image checks names their files from the workspace', () => {
    const { job } = request({ command: 'test', 'test-checks': 'checks/a.yaml, b.json' });
    expect(job.build!.test!.tests).toMatchObject([
      { name: 'checks/a.yaml', checks: '/workspace/checks/a.yaml', network: 'none' },
      { name: 'b.json', checks: '/workspace/b.json' },
    ]);
  });

  test('of a plan gives each platform a runner of its kind', () => {
    const { matrix } = request({
      command: 'plan',
      platforms: 'linux/amd64,linux/arm64,linux/riscv64',
      runners: 'linux/amd64=big',
    });
    expect(matrix!.include).toEqual([
      { platform: 'linux/amd64', runner: 'big', name: 'linux-amd64', native: true },
      { platform: 'linux/arm64', runner: 'ubuntu-24.04-arm', name: 'linux-arm64', native: true },
      { platform: 'linux/riscv64', runner: 'ubuntu-latest', name: 'linux-riscv64', native: false },
    ]);
  });

  test('a channel without a push is not released', () => {
    const { job, warnings } = request({ channel: 'stable' });
    expect(job.release).toBeUndefined();
    expect(warnings.join()).toMatch(/input channel is ignored: nothing is pushed/);
  });
});

describe('a release', () => {
  test('takes hooks, environment and reason along; the token is only for who notes deployments', () => {
    const token = { 'github-token': 'ghs_token' };
    const moved = request({
      ...token,
      command: 'rollback',
      image: 'ghcr.io/o/app',
      channel: 'live',
      reason: 'broken',
      environment: 'production',
      deploy: './a.sh\n./b.sh "x, y"',
      'deploy-compose': 'web,file=prod.yml',
      'deploy-kubectl': 'deployment/web,timeout=1m',
      'deploy-undo': 'true',
    });
    expect(moved.env).toEqual({ CONTAINERIZE_GITHUB_TOKEN: 'ghs_token' });
    expect(moved.jobs[0]!.job.release).toMatchObject({
      environment: 'production',
      reason: 'broken',
      deploy: {
        undo: true,
        hooks: [
          { kind: 'command', command: './a.sh' },
          { kind: 'command', command: './b.sh "x, y"' },
          { kind: 'compose', service: 'web', file: 'prod.yml' },
          { kind: 'kubectl', workload: 'deployment/web', timeout: '1m' },
        ],
      },
    });
    expect(request({ ...token, command: 'rollback', image: 'ghcr.io/o/app', channel: 'live' }).env).toEqual({});
  });

  test('refuses a hook that cannot be', () => {
    const inputs = { command: 'rollback', image: 'ghcr.io/o/app', channel: 'live' };
    expect(() => request({ ...inputs, 'deploy-kubectl': '--all' })).toThrow(
      /input deploy-kubectl: expected a workload/,
    );
    expect(() => request({ ...inputs, 'deploy-compose': 'web,fil=x' })).toThrow(
      /input deploy-compose: expected file=…/,
    );
  });
});
