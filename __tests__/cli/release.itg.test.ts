import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { CommandLine } from '../helpers/command-line.ts';
import { startFaultProxy } from '../helpers/fault-proxy.ts';
import { startGithub } from '../helpers/github-server.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('release-commands');
const cli = new CommandLine(join(folder, 'cli'));
let registry: TestRegistry;
let app: string;

/** An image that runs, pushed under its version. */
async function publish(version: string): Promise<void> {
  const engine = await cli.engine;
  const image = await busyboxImage(await engine.content(), {
    files: { version: `${version}\n` },
    config: { Labels: { 'org.opencontainers.image.version': version } },
  });
  await (await engine.refs()).set(`${app}:${version}`, image.descriptor);
  expect(await cli.run(['push', '--quiet', `${app}:${version}`])).toMatchObject({ code: 0 });
}

beforeAll(async () => {
  await mkdir(join(folder, 'cli'), { recursive: true });
  registry = await startRegistry();
  app = `${registry.host}/shop`;
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) await publish(version);
}, 60_000);

afterAll(() => registry.close());

async function whatIsLive(channel = 'production'): Promise<string> {
  await cli.run(['pull', '--quiet', `${app}:${channel}`]);
  return (await cli.run(['run', '--rm', '--network', 'none', `${app}:${channel}`, 'cat', '/version'])).stdout.trim();
}

describe('release, rollback and releases', () => {
  test('the command that takes a rollback back holds for every repository and tag of it', async () => {
    const other = `${registry.host}/other`;
    const both = [app, other];
    const flags = ['--channel', 'staging', '--tag', 'staging-alias'];
    const digest = async (name: string, tag: string) =>
      (
        await fetch(`http://${registry.host}/v2/${name.slice(registry.host.length + 1)}/manifests/${tag}`, {
          headers: { accept: 'application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json' },
        })
      ).headers.get('docker-content-digest');
    const all = () => Promise.all(both.flatMap((name) => ['staging', 'staging-alias'].map((tag) => digest(name, tag))));
    for (const version of ['1.0.0', '1.1.0']) await cli.run(['release', `${app}:${version}`, ...both, ...flags]);
    const before = await all();
    expect(new Set(before).size).toBe(1);
    const back = await cli.run(['rollback', ...both, ...flags, '--json']);
    expect(back).toMatchObject({ code: 0 });
    const gone = await all();
    expect(new Set(gone).size).toBe(1);
    expect(gone[0]).not.toBe(before[0]);
    const { undoCommand } = JSON.parse(back.stdout);
    expect(await cli.run(undoCommand.split(' ').slice(1))).toMatchObject({ code: 0 });
    expect(await all()).toEqual(before);
  });

  test('what is live is what was released, and goes back by one command', async () => {
    const first = await cli.run(['release', `${app}:1.0.0`, '--channel', 'production']);
    expect(first).toMatchObject({ code: 0 });
    expect(first.stdout).toMatch(/^Release production: nothing → 1\.0\.0 \(/);
    await cli.run(['release', `${app}:1.1.0`, '-c', 'production', '--tag', 'latest']);
    expect(await whatIsLive()).toBe('1.1.0');
    const back = await cli.run(['rollback', `${app}:production`]);
    expect(back.stdout).toMatch(
      /production is 1\.0\.0 \(\w+\) now\nremembered as production\.\d{8}T\d{9}Z\.rollback\.\w{12}\nheld: .*\nto take it back: /,
    );
    expect(await whatIsLive()).toBe('1.0.0');
    const history = await cli.run(['releases', `${app}:production`, '--json']);
    const events = history.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).Event);
    expect(events).toEqual(['rollback', 'release', 'release']);
  });

  test('a held channel says how to go on; unhold does it', async () => {
    const held = await cli.run(['release', `${app}:2.0.0`, '-c', 'production']);
    expect(held).toMatchObject({ code: 1, stderr: expect.stringMatching(/is held since.*--unhold/s) });
    expect((await cli.run(['release', '--unhold', app, '-c', 'production'])).stdout).toBe('production is free again\n');
    expect((await cli.run(['release', '--unhold', app, '-c', 'production'])).stdout).toBe('production is not held\n');
    const report = await cli.run([
      'release',
      `${app}:2.0.0`,
      '-c',
      'production',
      '--json',
      '--smoke',
      'test "$(cat /version)" = 2.0.0',
    ]);
    expect(JSON.parse(report.stdout)).toMatchObject({
      changed: true,
      toVersion: '2.0.0',
      gates: [{}, { name: 'smoke run' }],
    });
  });

  test('an image that does not do what the smoke run asks is not released', async () => {
    const refused = await cli.run([
      'rollback',
      `${app}:production`,
      '--to',
      '1.0.0',
      '--smoke',
      'cat /version; exit 9',
    ]);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/smoke run: .* ended with 9:\s+1\.0\.0/) });
    expect(await whatIsLive()).toBe('2.0.0');
  });

  test('an image that does not pass its checks is not released; a mistake in the file is told before', async () => {
    const checks = (expected: string) => `schemaVersion: 2.0.0
commandTests:
  - name: version
    command: cat
    args: [/version]
    expectedOutput: ['${expected}']
`;
    await mkdir(join(folder, 'cli/cwd'), { recursive: true });
    await writeFile(join(folder, 'cli/cwd/one.yaml'), checks('1.0.0'));
    await writeFile(join(folder, 'cli/cwd/bad.yaml'), 'schemaVersion: 2.0.0\ncomandTests: []\n');
    const ask = (...words: string[]) => cli.run(['release', `${app}:1.1.0`, '-c', 'checked', ...words]);
    const refused = await ask('--checks', 'one.yaml');
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/image checks: one\.yaml: .*[\s\S]*version: /),
    });
    expect(await ask('--checks', 'bad.yaml')).toMatchObject({
      code: 65,
      stderr: expect.stringContaining('commandTests'),
    });
    expect((await cli.run(['rollback', `${app}:checked`])).code).toBe(66);
    await writeFile(join(folder, 'cli/cwd/one.yaml'), checks('1.1.0'));
    expect(await ask('--checks', 'one.yaml')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('✓ image checks: one.yaml'),
    });
  });

  test('promote takes the very digest', async () => {
    expect(await cli.run(['promote', `${app}:production`, `${app}:stable`])).toMatchObject({ code: 0 });
    expect(await whatIsLive('stable')).toBe('2.0.0');
  });

  test('exit codes tell the causes apart', async () => {
    expect((await cli.run(['rollback', `${app}:nothing-yet`])).code).toBe(66);
    expect((await cli.run(['rollback', `${app}:production`, '--to', '9.9'])).code).toBe(66);
    expect((await cli.run(['rollback', app])).code).toBe(125);
    expect((await cli.run(['release', app, '-c', 'production'])).code).toBe(125);
    expect((await cli.run(['release', `${app}:1.0.0`, '-c', 'no good'])).code).toBe(65);
    await using proxy = await startFaultProxy(registry.url);
    proxy.add({ method: 'PUT', path: /\/manifests\/stable$/, status: 403, body: '{}', times: 9 });
    const behind = `${proxy.host}/shop`;
    const undone = await cli.run(['release', `${behind}:1.0.0`, '-c', 'stable', '--force', '--tag', 'first']);
    expect(undone).toMatchObject({ code: 3, stderr: expect.stringContaining('every tag is back where it was') });
  });

  test('on a terminal it asks, and no is no', async () => {
    cli.terminal = { stdin: true, stdout: true, stderr: true };
    const answer = await cli.run(['rollback', `${app}:production`], 'n\n');
    expect(answer).toMatchObject({ code: 1, stdout: expect.stringMatching(/Are you sure.*nothing was moved/s) });
    expect((await cli.run(['rollback', `${app}:production`, '--yes'])).code).toBe(0);
    cli.terminal = { stdin: false, stdout: false, stderr: false };
  });
});

describe('what is released is deployed', () => {
  const version = () => whatIsLive('deployed');

  test('by a command; when that fails, tag and deployment go back, and the exit code says so', async () => {
    const log = join(folder, 'deployed');
    const first = await cli.run([
      ...['release', `${app}:1.0.0`, '-c', 'deployed', '--deploy', `echo "$CONTAINERIZE_VERSION" >> ${log}`],
    ]);
    expect(first).toMatchObject({ code: 0 });
    const hook = `echo "$CONTAINERIZE_VERSION" >> ${log}; test "$CONTAINERIZE_VERSION" != 1.1.0`;
    const failed = await cli.run([...['release', `${app}:1.1.0`, '-c', 'deployed', '--deploy', hook, '--deploy-undo']]);
    expect(failed).toMatchObject({ code: 3, stderr: expect.stringMatching(/ended with 1[\s\S]* again, and that was/) });
    expect(await version()).toBe('1.0.0');
    expect((await readFile(log, 'utf8')).split('\n')).toEqual(['1.0.0', '1.1.0', '1.0.0', '']);
    expect(await cli.run(['release', `${app}:2.0.0`, '-c', 'deployed'])).toMatchObject({ code: 0 });
  });

  test('without the flag it stays, and the command that takes it back is said', async () => {
    const failed = await cli.run(['rollback', `${app}:deployed`, '--deploy', 'false']);
    expect(failed).toMatchObject({ code: 4, stderr: expect.stringMatching(/to take it back: containerize release /) });
    expect(await version()).toBe('1.0.0');
  });

  test('a first release has nothing to go back to, and says so', async () => {
    const failed = await cli.run(['release', `${app}:1.0.0`, '-c', 'young', '--deploy', 'false', '--deploy-undo']);
    expect(failed).toMatchObject({ code: 4, stderr: expect.stringContaining('nothing was live in young before') });
  });

  test('and what the flags mean is checked before anything moves', async () => {
    const wrong = (...words: string[]) => cli.run(['release', `${app}:1.1.0`, '-c', 'deployed', ...words]);
    expect((await wrong('--deploy-kubectl', 'app')).code).toBe(125);
    expect((await wrong('--deploy-kubectl', 'deployment/app,nmespace=x')).code).toBe(125);
    expect((await wrong('--deploy-compose', '--web')).code).toBe(125);
    expect(await wrong('--environment', 'production')).toMatchObject({
      code: 125,
      stderr: expect.stringContaining('deployments: write'),
    });
    expect(await version()).toBe('1.0.0');
  });
});

describe('with a GitHub environment', () => {
  test('moves become deployments, and both histories are shown side by side', async () => {
    await using github = await startGithub('owner/app');
    github.releases.set('v1.1.0', { id: 9, body: 'Notes' });
    const env = {
      GITHUB_TOKEN: 'ghs_secret',
      GITHUB_ACTIONS: 'true',
      GITHUB_REPOSITORY: 'owner/app',
      GITHUB_API_URL: github.url,
      GITHUB_ACTOR: 'ada',
    };
    const around = ['--environment', 'production'];
    await cli.run(['release', `${app}:1.0.0`, '-c', 'noted']);
    const moved = await cli.run(
      ['release', `${app}:1.1.0`, '-c', 'noted', ...around, '--reason', 'new\u001b[31m'],
      '',
      env,
    );
    expect(moved).toMatchObject({ code: 0, stderr: '' });
    const failed = await cli.run(['release', `${app}:2.0.0`, '-c', 'noted', ...around, '--deploy', 'false'], '', env);
    expect(failed.code).toBe(4);
    expect(github.releases.get('v1.1.0')!.body).toContain('| release | noted |');
    const table = await cli.run(['releases', `${app}:noted`, ...around], '', env);
    expect(table.stdout).toMatch(/^CHANNEL .* DEPLOYMENT +BY +WHY\n/);
    const rows = (await cli.run(['releases', `${app}:noted`, ...around, '--json'], '', env)).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows.map(({ Event, State, Actor, Reason }) => [Event, State, Actor, Reason])).toEqual([
      ['release', 'failure', 'ada', ''],
      ['release', 'success', 'ada', 'new [31m'],
      ['release', '', '', ''],
    ]);
    github.refuse = { status: 403, message: 'no' };
    const refused = await cli.run(['releases', `${app}:noted`, ...around], '', env);
    expect(refused).toMatchObject({ code: 0, stderr: expect.stringMatching(/could not be read: .*deployments: read/) });
    expect(refused.stdout.split('\n')).toHaveLength(5);
    expect((await cli.run(['releases', `${app}:noted`, ...around])).code).toBe(125);
  });
});
