import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Dockerd, hasDocker } from '../helpers/dockerd.ts';
import { type GithubServer, startGithub } from '../helpers/github-server.ts';
import { startRegistry, type TestRegistry } from '../helpers/registry.ts';
import { bundleAction } from '../helpers/runner/bundle.ts';
import { forkPullRequest, push, tag, workflowDispatch } from '../helpers/runner/events.ts';
import { Runner } from '../helpers/runner/runner.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { playHost } from '../helpers/tunnel.ts';

const run = promisify(execFile);
const scratch = await scratchFolder('action-release');
let registry: TestRegistry;
let mirror: TestRegistry;
let github: GithubServer;
let action: string;

beforeAll(async () => {
  [registry, mirror, github] = await Promise.all([startRegistry(), startRegistry(), startGithub()]);
  action = await bundleAction(join(scratch, 'action'));
}, 60_000);

afterAll(() => Promise.all([registry.close(), mirror.close(), github.close()]));

const SMALL = 'FROM scratch\nCOPY busybox /bin/sh\nCOPY version /version\n';

/** A runner with a checkout of a small project. */
async function runnerWith(files: Record<string, string> = {}): Promise<{ runner: Runner; workspace: string }> {
  const folder = await mkdtemp(join(scratch, 'runner-'));
  const workspace = join(folder, 'workspace');
  await chmod(folder, 0o755);
  await mkdir(workspace);
  await copyFile('/bin/busybox', join(workspace, 'busybox'));
  const all = { Dockerfile: SMALL, version: '1', ...files };
  for (const [name, text] of Object.entries(all)) await writeFile(join(workspace, name), text);
  return { runner: new Runner(action, folder), workspace };
}

/** Processes whose command line has the text. */
function running(text: string): string[] {
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
      } catch {
        return false;
      }
    });
}

/** The user of hosted runners. */
const passwd = readFileSync('/etc/passwd', 'utf8')
  .split('\n')
  .find((line) => line.startsWith('runner:'));
const [, , uid, gid] = (passwd ?? '').split(':').map(Number);

async function digestOf(name: string): Promise<string | null> {
  const [, host, path, reference] = /^([^/]+)\/(.+):([^:]+)$/.exec(name)!;
  const answer = await fetch(`http://${host}/v2/${path}/manifests/${reference}`, { headers: { accept: '*/*' } });
  return answer.headers.get('docker-content-digest');
}

const token = 'ghs_0123456789abcdefTOKEN';

describe('a step', () => {
  test('push sends what an earlier step built, to several registries, and no tag moves to a lower version', async () => {
    const { runner, workspace } = await runnerWith();
    const repositories = [`${registry.host}/octo/push`, `${mirror.host}/octo/push`];
    const images = repositories.join('\n');
    const rules = { images, tags: 'type=semver,pattern={{version}}\ntype=semver,pattern={{major}}' };
    const newer = await runner.step({ event: tag('v1.3.0'), inputs: { ...rules, push: 'true' } });
    expect(newer.code).toBe(0);
    await writeFile(join(workspace, 'version'), 'older');
    const built = await runner.step({ event: tag('v1.2.9'), inputs: { ...rules, command: 'build' } });
    expect(built.code).toBe(0);
    expect(await digestOf(`${repositories[0]}:1.2.9`)).toBeNull();
    const names = repositories.map((name) => `${name}:1.2.9`);
    const pushed = await runner.step({ inputs: { command: 'push', tags: names.join('\n') } });
    expect(pushed).toMatchObject({ code: 0, outputs: { digest: built.outputs.digest } });
    expect(await Promise.all(names.map(digestOf))).toEqual([built.outputs.digest, built.outputs.digest]);
    const again = await runner.step({ event: tag('v1.2.9'), inputs: { ...rules, push: 'true' } });
    expect(again.code).toBe(0);
    expect(again.log).toMatch(/latest stays: latest names 1\.3\.0, which is higher than 1\.2\.9/);
    expect(again.summary).toContain(`${repositories[1]}:latest stays: it names a higher version`);
    expect(await digestOf(`${repositories[1]}:1`)).toBe(newer.outputs.digest);
    const missing = await runner.step({ inputs: { command: 'push', tags: `${repositories[0]}:nothing` } });
    expect(missing).toMatchObject({
      code: 1,
      log: expect.stringMatching(/no image .*:nothing in the store[\s\S]*earlier/),
    });
  });

  test('release, promote across registries and rollback, each noted as a deployment and deployed', async () => {
    const { runner, workspace } = await runnerWith();
    const name = `${registry.host}/octo/moves`;
    const env = { GITHUB_API_URL: github.url };
    const first = await runner.step({ inputs: { tags: `${name}:1`, push: 'true' } });
    await writeFile(join(workspace, 'version'), '2');
    const second = await runner.step({ inputs: { tags: `${name}:2`, push: 'true' } });
    const around = {
      channel: 'live',
      environment: 'production',
      deploy: 'echo "$CONTAINERIZE_ACTION $CONTAINERIZE_IMAGE" >> deployed; echo ::error::evil; env > environment',
    };
    const released = await runner.step({ env, inputs: { command: 'release', image: `${name}:1`, ...around } });
    expect(released).toMatchObject({ code: 0, outputs: { changed: 'true', 'to-digest': first.outputs.digest } });
    expect(released.annotations).toEqual([]);
    await runner.step({ env, inputs: { command: 'release', image: `${name}:2`, ...around } });
    const copy = `${mirror.host}/octo/stable`;
    const promoted = await runner.step({
      env,
      inputs: { command: 'promote', image: copy, 'channel-from': `${name}:live`, to: 'stable' },
    });
    expect(promoted).toMatchObject({ code: 0, outputs: { 'to-digest': second.outputs.digest } });
    expect(await digestOf(`${copy}:stable`)).toBe(second.outputs.digest);
    const event = workflowDispatch({ reason: 'it breaks' });
    const back = await runner.step({
      event,
      env,
      inputs: { command: 'rollback', image: name, ...around, reason: 'it breaks' },
    });
    expect(back).toMatchObject({ code: 0, outputs: { changed: 'true', 'to-digest': first.outputs.digest } });
    expect(await digestOf(`${name}:live`)).toBe(first.outputs.digest);
    expect(await readFile(join(workspace, 'deployed'), 'utf8')).toBe(
      `release ${name}@${first.outputs.digest}\nrelease ${name}@${second.outputs.digest}\nrollback ${name}@${first.outputs.digest}\n`,
    );
    expect(await readFile(join(workspace, 'environment'), 'utf8')).not.toContain(token);
    expect(back.log).not.toContain(token);
    expect(github.tokens).toEqual(new Set([`token ${token}`]));
    expect(github.deployments.slice(0, 3)).toMatchObject([
      {
        task: 'rollback',
        environment: 'production',
        payload: { reason: 'it breaks', actor: 'octocat', to: first.outputs.digest, from: second.outputs.digest },
        statuses: [{ state: 'success' }, { state: 'in_progress' }],
      },
      { task: 'deploy', statuses: [{ state: 'success' }, {}] },
      { task: 'deploy', statuses: [{ state: 'success' }, {}] },
    ]);
  });

  test('whose deployment fails goes back and says so; the deployment is a failed one', async () => {
    const { runner, workspace } = await runnerWith();
    const name = `${registry.host}/octo/undo`;
    const env = { GITHUB_API_URL: github.url };
    const inputs = (version: string) => ({
      ...{ tags: `${name}:${version}`, push: 'true', channel: 'live', environment: 'staging', 'deploy-undo': 'true' },
      deploy: '[ "$(cat version)" = 1 ] || [ "$CONTAINERIZE_ACTION" = rollback ]',
    });
    const first = await runner.step({ env, inputs: inputs('1') });
    expect(first.code).toBe(0);
    await writeFile(join(workspace, 'version'), '2');
    const failed = await runner.step({ env, inputs: inputs('2') });
    expect(failed.code).toBe(1);
    expect(failed.log).toMatch(/ended with 1[\s\S]*live names sha256:\w+ again, and that was deployed/);
    expect(await digestOf(`${name}:live`)).toBe(first.outputs.digest);
    expect(github.deployments[0]).toMatchObject({ environment: 'staging', statuses: [{ state: 'failure' }, {}] });
  });

  test('push and merge release what they pushed to a channel; a hook that fails leaves it there, which is said', async () => {
    const { runner, workspace } = await runnerWith();
    const name = `${registry.host}/octo/after`;
    const first = await runner.step({ inputs: { command: 'build', tags: `${name}:1` } });
    const pushed = await runner.step({ inputs: { command: 'push', tags: `${name}:1`, channel: 'live' } });
    expect(pushed).toMatchObject({ code: 0, outputs: { changed: 'true', 'to-digest': first.outputs.digest } });
    await writeFile(join(workspace, 'version'), '2');
    const outputs = `type=image,name=${name},push-by-digest=true,push=true`;
    const { digest } = (await runner.step({ inputs: { outputs } })).outputs;
    const inputs = { command: 'merge', tags: `${name}:2`, digests: digest!, channel: 'live', deploy: 'exit 3' };
    const merged = await runner.step({ inputs });
    expect(merged.code).toBe(1);
    expect(merged.outputs).toMatchObject({ changed: 'true', 'from-digest': first.outputs.digest });
    expect(merged.outputs['undo-command']).toBe(
      `containerize rollback ${name} --channel live --to ${first.outputs.digest}`,
    );
    expect(await digestOf(`${name}:live`)).toBe(merged.outputs['to-digest']);
    expect(merged.summary).toContain('To go back:');
  });

  test('that is cancelled while it deploys stops the hook, and tells that the channel moved', async () => {
    const { runner } = await runnerWith();
    const name = `${registry.host}/octo/cancel`;
    const result = await runner.step({
      env: { GITHUB_API_URL: github.url },
      inputs: {
        ...{ tags: `${name}:1`, push: 'true', channel: 'live', environment: 'cancelled' },
        deploy: 'echo begun; sleep 4711.4711',
      },
      onStart: (child, output) => {
        const timer = setInterval(() => {
          if (!/^begun$/m.test(output())) return;
          clearInterval(timer);
          child.kill('SIGINT');
        }, 20);
        child.once('close', () => clearInterval(timer));
      },
    });
    expect(result).toMatchObject({ code: 130, outputs: { changed: 'true' } });
    expect(result.log).toContain('cancelled: everything of this step was stopped');
    expect(running('sleep\u00004711.4711')).toEqual([]);
    expect(github.deployments[0]).toMatchObject({ environment: 'cancelled', statuses: [{ state: 'failure' }, {}] });
    const next = await runner.step({ inputs: { command: 'release', image: `${name}:1`, channel: 'live' } });
    expect(next).toMatchObject({ code: 0, outputs: { changed: 'false' } });
  });

  test('goes on when GitHub refuses, with one warning that names the permission', async () => {
    await using refusing = await startGithub();
    refusing.refuse = { status: 403, message: 'Resource not accessible by integration' };
    const { runner } = await runnerWith();
    const name = `${registry.host}/octo/refused`;
    const result = await runner.step({
      env: { GITHUB_API_URL: refusing.url },
      inputs: { tags: `${name}:1`, push: 'true', channel: 'live', environment: 'production' },
    });
    expect(result).toMatchObject({ code: 0, outputs: { changed: 'true' } });
    expect(result.annotations).toMatchObject([
      { command: 'warning', data: expect.stringContaining('deployments: write') },
    ]);
    expect(result.log).not.toContain(token);
  });

  test('with a pipeline file deploys and notes what it says, and nothing of a fork’s pull request', async () => {
    const name = `${registry.host}/octo/file`;
    const { runner, workspace } = await runnerWith({
      'containerize.yml': `image: ${name}
build: .
tags: ['type=raw,value=v']
push: true
release:
  - channel: live
    when: push
    environment: from-file
    deploy: ['echo $$CONTAINERIZE_CHANNEL > deployed']
`,
    });
    const env = { GITHUB_API_URL: github.url };
    const fork = await runner.step({ env, event: forkPullRequest() });
    expect(fork.code).toBe(0);
    expect([await digestOf(`${name}:live`), fork.outputs.changed]).toEqual([null, undefined]);
    const result = await runner.step({ env, event: push(), inputs: { smoke: 'true', scope: 'octo/app' } });
    expect(result).toMatchObject({ code: 0, outputs: { changed: 'true' } });
    expect(await readFile(join(workspace, 'deployed'), 'utf8')).toBe('live\n');
    expect(github.deployments[0]).toMatchObject({ environment: 'from-file', task: 'deploy' });
    expect(result.annotations.map(({ data }) => data)).toEqual([
      expect.stringMatching(/^inputs smoke, scope are ignored/),
    ]);
  });

  test('whose token may not write packages names the permission to add; a fork’s hears why it cannot', async () => {
    const seen: string[] = [];
    await using ghcr = await playHost('ghcr.io', await mkdtemp(join(scratch, 'ghcr-')), (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      const answer = (status: number, body: object, headers = {}) =>
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
      if (request.url!.startsWith('/token')) return answer(200, { token: 'abc' });
      const challenge = 'Bearer realm="https://ghcr.io/token",service="ghcr.io",scope="repository:octo-org/app:pull"';
      if (request.headers.authorization !== 'Bearer abc') return answer(401, {}, { 'www-authenticate': challenge });
      if (request.method !== 'POST') return answer(404, {});
      return answer(403, { errors: [{ code: 'DENIED', message: 'permission_denied: write_package' }] });
    });
    const { runner } = await runnerWith();
    const env = { HTTPS_PROXY: ghcr.proxy, NODE_EXTRA_CA_CERTS: ghcr.authority };
    const inputs = { images: 'ghcr.io/Octo-Org/App', tags: 'type=sha', push: 'true' };
    const denied = await runner.step({ env, inputs });
    expect(denied.code).toBe(1);
    expect(denied.log).toMatch(
      /403 DENIED: permission_denied: write_package[\s\S]*permissions:\s+contents: read\s+packages: write/,
    );
    expect(denied.annotations.filter(({ command }) => command === 'error')).toHaveLength(1);
    expect(ghcr.asked).toContain('ghcr.io:443');
    expect(seen.some((line) => line.startsWith('POST /v2/octo-org/app/blobs/uploads/'))).toBe(true);
    const fork = await runner.step({ env, event: forkPullRequest(), inputs });
    expect(fork.log).toContain('the token of a pull request from a fork may only read');
  });
});

describe('as the runner’s user', () => {
  test('hooks run as that user in the workspace, and deployments are noted, though the engine is root', async () => {
    const { runner, workspace } = await runnerWith();
    await chown(workspace, uid!, gid!);
    const name = `${registry.host}/octo/user`;
    const result = await runner.step({
      workspace,
      user: { uid: uid!, gid: gid!, name: 'runner', home: join(runner.folder, 'home') },
      env: { GITHUB_API_URL: github.url },
      inputs: {
        ...{ tags: `${name}:1`, push: 'true', channel: 'live', environment: 'sudo' },
        deploy: 'id -u > who; pwd >> who',
      },
    });
    expect(result.log).toMatch(/privileges: sudo/);
    expect(result.code).toBe(0);
    expect(await readFile(join(workspace, 'who'), 'utf8')).toBe(`${uid}\n${workspace}\n`);
    expect(github.deployments[0]).toMatchObject({ environment: 'sudo', statuses: [{ state: 'success' }, {}] });
    await rm(join(runner.folder, 'root'), { recursive: true, force: true });
  });
});

describe('load: true', () => {
  const withDocker = hasDocker ? test : test.skip;

  withDocker(
    'puts the image into the docker daemon that DOCKER_HOST names, for later steps',
    async () => {
      const { runner } = await runnerWith();
      const daemon = await Dockerd.start(join(scratch, 'dockerd'));
      try {
        const result = await runner.step({
          env: { DOCKER_HOST: daemon.host },
          inputs: { tags: 'loaded:1\nloaded:again', load: 'true' },
        });
        expect(result.code).toBe(0);
        const listed = await daemon.docker('image', 'ls', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}');
        expect(listed.stdout.trim().split('\n').sort()).toEqual([
          `loaded:1 ${result.outputs.imageid}`,
          `loaded:again ${result.outputs.imageid}`,
        ]);
        const ran = await daemon.docker(
          'run',
          '--rm',
          '--network=none',
          'loaded:1',
          'sh',
          '-c',
          'read v < /version; echo $v',
        );
        expect(ran.stdout.trim()).toBe('1');
      } finally {
        await daemon.stop();
      }
    },
    60_000,
  );

  // podman refuses a run folder of more than 50 characters
  const withPodman = existsSync('/usr/bin/podman') && !existsSync('/var/run/docker.sock') ? test : test.skip;

  withPodman(
    'puts it into the podman of the runner’s user, not of the root that built it (skipped without podman, or beside docker)',
    async () => {
      const { runner, workspace } = await runnerWith();
      const folder = await mkdtemp('/tmp/cz-podman-');
      const storage = join(folder, 'storage.conf');
      try {
        await writeFile(
          storage,
          `[storage]\ndriver = "vfs"\ngraphroot = "${folder}/root"\nrunroot = "${folder}/run"\n`,
        );
        const home = join(folder, 'home');
        await mkdir(home);
        for (const path of [folder, home, workspace]) await chown(path, uid!, gid!);
        const env = { CONTAINERS_STORAGE_CONF: storage, XDG_RUNTIME_DIR: folder };
        const user = { uid: uid!, gid: gid!, name: 'runner', home };
        const inputs = { tags: 'loaded:1', load: 'true' };
        const result = await runner.step({ workspace, user, env, inputs });
        expect(result.log).toMatch(/privileges: sudo/);
        expect(result.code).toBe(0);
        const listed = await run('podman', ['images', '--no-trunc', '--format', '{{.Repository}}:{{.Tag}} {{.ID}}'], {
          ...{ uid: uid!, gid: gid!, cwd: '/' },
          env: { PATH: process.env.PATH, HOME: home, ...env },
        });
        expect(listed.stdout.trim()).toBe(`docker.io/library/loaded:1 ${result.outputs.imageid}`);
      } finally {
        // podman's keeper of the user's namespace
        const keeper = await readFile(join(folder, 'libpod/tmp/pause.pid'), 'utf8').catch(() => undefined);
        if (keeper !== undefined) process.kill(Number(keeper));
        await rm(folder, { recursive: true, force: true });
        await rm(`/dev/shm/libpod_rootless_lock_${uid}`, { force: true });
        await rm(join(runner.folder, 'root'), { recursive: true, force: true });
      }
    },
    60_000,
  );

  test('without a daemon and podman says what is missing', async () => {
    const { runner } = await runnerWith();
    const result = await runner.step({ env: { DOCKER_HOST: 'unix:///nowhere.sock' }, inputs: { load: 'true' } });
    expect(result.code).toBe(1);
    expect(result.log).toContain('nowhere.sock');
  });
});
