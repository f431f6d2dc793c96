import { type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readlinkSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { Refs } from '../../src/content/refs.ts';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { entry } from '../helpers/entry.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const user = `ctz${process.pid}`;
const sudoers = `/etc/sudoers.d/${user}`;
const folder = await scratchFolder('rungs');
const home = join(folder, 'home');
const root = process.getuid!() === 0;
const has = (program: string) => ['/usr/bin', '/usr/sbin', '/bin'].some((f) => existsSync(join(f, program)));
const withSudo = root && has('sudo') && has('useradd');
const withMaps = root && has('newuidmap') && has('useradd');

/** As that user, with nothing of our own environment. */
function asUser(privilege: string, words: string[], input?: string): SpawnSyncReturns<string> {
  const env = [
    `CONTAINERIZE_PRIVILEGE=${privilege}`,
    `HOME=${home}`,
    `XDG_RUNTIME_DIR=${join(folder, 'runtime')}`,
    'PATH=/usr/bin:/bin',
    'NODE_COMPILE_CACHE=/dev/null',
    'CALLER=me',
  ];
  const command = ['-u', user, '--', 'env', '-i', ...env, process.execPath, entry, ...words];
  return spawnSync('runuser', command, { encoding: 'utf8', input, cwd: folder });
}

const fill = async (path: string) => {
  const store = await LayoutStore.open(join(path, 'content'));
  await new Refs(store).set('docker.io/library/busybox:latest', (await busyboxImage(store)).descriptor);
};

/** A small project: a file of the context, a step that changes an owner. */
async function writeContext(): Promise<void> {
  await mkdir(join(folder, 'context'), { recursive: true });
  await writeFile(join(folder, 'context/a'), 'data');
  const lines = [
    'FROM busybox',
    'COPY a /a',
    'RUN id -u > /who && chown 33:33 /a',
    'CMD ["sh","-c","echo $(cat /who) $(stat -c %u /a)"]',
  ];
  await writeFile(join(folder, 'context/Dockerfile'), `${lines.join('\n')}\n`);
}

beforeAll(async () => {
  if (!root || !has('useradd')) return;
  await chmod(folder, 0o755);
  await mkdir(home);
  spawnSync('useradd', ['-M', '-d', home, '-s', '/bin/sh', user]);
  const name = `${user}:${user}`;
  for (const path of ['home', 'runtime', 'out']) {
    await mkdir(join(folder, path), { recursive: true });
    spawnSync('chown', [name, join(folder, path)]);
    spawnSync('chmod', ['700', join(folder, path)]);
  }
});

afterAll(async () => {
  await rm(sudoers, { force: true });
  if (root && has('userdel')) spawnSync('userdel', [user]);
  for (const file of ['/etc/subuid', '/etc/subgid']) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.includes(`${user}:`)) await writeFile(file, text.replace(new RegExp(`^${user}:.*\n`, 'gm'), ''));
  }
});

(withSudo ? describe : describe.skip)('the sudo rung (needs root, sudo and useradd)', () => {
  const state = ['--root', join(folder, 'root'), '--run-root', join(folder, 'run')];

  beforeAll(async () => {
    await writeFile(sudoers, `${user} ALL=(ALL) NOPASSWD:ALL\n`, { mode: 0o440 });
    await fill(join(folder, 'root'));
  });

  test('runs a container with the privileges of root, and passes streams and exit code', () => {
    expect(asUser('sudo', [...state, 'run', '--rm', 'busybox', 'id', '-u'])).toMatchObject({
      stderr: '',
      status: 0,
      stdout: '0\n',
    });
    expect(
      asUser('sudo', [...state, 'run', '--rm', '-i', 'busybox', 'sh', '-c', 'cat; echo e >&2; exit 9'], 'typed'),
    ).toMatchObject({ status: 9, stdout: 'typed', stderr: 'e\n' });
  });

  test('the caller’s environment is known, and files belong to the caller', async () => {
    expect(
      asUser('sudo', [...state, 'run', '--rm', '-e', 'CALLER', 'busybox', 'sh', '-c', 'echo $CALLER']).stdout,
    ).toBe('me\n');
    expect(
      asUser('sudo', [...state, 'run', '--name', 'filed', '--cidfile', join(folder, 'out/id'), 'busybox', 'true'])
        .stderr,
    ).toBe('');
    expect(asUser('sudo', [...state, 'cp', 'filed:/etc/passwd', join(folder, 'out/passwd')]).stderr).toBe('');
    expect(asUser('sudo', [...state, 'export', '-o', join(folder, 'out/all.tar'), 'filed']).stderr).toBe('');
    const { uid } = await stat(join(folder, 'out'));
    for (const name of ['id', 'passwd', 'all.tar'])
      expect([name, (await stat(join(folder, 'out', name))).uid]).toEqual([name, uid]);
    asUser('sudo', [...state, 'rm', 'filed']);
  });

  test('a door that is killed takes its container along', async () => {
    const words = [
      '-u',
      user,
      '--',
      'env',
      '-i',
      'CONTAINERIZE_PRIVILEGE=sudo',
      `HOME=${home}`,
      'PATH=/usr/bin:/bin',
      process.execPath,
      entry,
      ...state,
      'run',
      '--rm',
      'busybox',
      'sh',
      '-c',
      'echo up; sleep 1000',
    ];
    const child = spawn('runuser', words, { stdio: ['ignore', 'pipe', 'ignore'] });
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const door = spawnSync('pgrep', ['-u', user, '-f', 'src/cli/entry.ts'], { encoding: 'utf8' })
      .stdout.trim()
      .split('\n')
      .map(Number);
    for (const pid of door) process.kill(pid, 'SIGKILL');
    const deadline = Date.now() + 8_000;
    const left = () => readdir(join(folder, 'root/containers')).then((names) => names.filter((n) => n !== 'names'));
    while ((await left()).length > 0 && Date.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 50));
    expect(await left()).toEqual([]);
    child.kill('SIGKILL');
  });

  test('when nobody reads the output any more the container ends, and no other way is tried', async () => {
    const env = ['env', '-i', `PATH=${process.env.PATH}`, `HOME=${home}`];
    const words = ['-u', user, '--', ...env, process.execPath, entry, '--debug', ...state];
    const child = spawn('runuser', [...words, 'run', '--rm', 'busybox', 'yes'], { stdio: ['ignore', 'pipe', 'pipe'] });
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    child.stdout.once('data', () => child.stdout.destroy());
    const [code] = await once(child, 'close');
    expect([code, stderr]).toEqual([141, 'privileges: trying sudo -n\nprivileges: sudo -n\n']);
    expect(asUser('sudo', [...state, 'ps', '-aq']).stdout).toBe('');
  }, 20_000);

  test('builds an image, and hands its ID over', async () => {
    await writeContext();
    const id = join(folder, 'out/iid');
    const built = asUser('sudo', [...state, 'build', '-q', '-t', 'small', '--iidfile', id, join(folder, 'context')]);
    expect(built).toMatchObject({ status: 0 });
    expect(asUser('sudo', [...state, 'run', '--rm', 'small']).stdout).toBe('0 33\n');
    expect((await stat(id)).uid).toBe((await stat(join(folder, 'out'))).uid);
  });

  test('misuse and errors come out as they are', () => {
    expect(asUser('sudo', [...state, 'run', '--rm', 'busybox', 'nosuch']).status).toBe(127);
    expect(asUser('sudo', [...state, 'rm', 'ghost']).stderr).toContain('no such container: ghost');
  });
});

(withMaps ? describe : describe.skip)('the user namespace rung (needs root, useradd and newuidmap)', () => {
  beforeAll(async () => {
    // the store is made by the user himself: what is in it must be his
    const store = join(home, '.local/share/containerize');
    await mkdir(store, { recursive: true });
    await fill(store);
    spawnSync('chown', ['-R', `${user}:${user}`, home]);
    for (const file of ['/etc/subuid', '/etc/subgid']) {
      const text = await readFile(file, 'utf8').catch(() => '');
      if (!text.includes(`${user}:`)) await writeFile(file, `${text}${user}:700000:65536\n`);
    }
  });

  test('root inside is the user outside', () => {
    const { stdout, stderr, status } = asUser('userns', [
      'run',
      '--rm',
      'busybox',
      'sh',
      '-c',
      'id -u; head -1 /proc/self/uid_map',
    ]);
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^0\n\s+0\s+\d+\s+1\n$/);
  });

  test('other users, volumes and limits on the host’s network or none', () => {
    expect(asUser('userns', ['run', '--rm', '-u', 'nobody', '--network', 'none', 'busybox', 'id', '-u']).stdout).toBe(
      '65534\n',
    );
    asUser('userns', ['run', '--rm', '-v', 'data:/d', 'busybox', 'sh', '-c', 'echo kept > /d/f']);
    expect(asUser('userns', ['run', '--rm', '-v', 'data:/d', 'busybox', 'cat', '/d/f']).stdout).toBe('kept\n');
  });

  test('builds an image', async () => {
    await writeContext();
    const built = asUser('userns', ['build', '-q', '-t', 'small', join(folder, 'context')]);
    expect(built).toMatchObject({ status: 0 });
    expect(asUser('userns', ['run', '--rm', 'small']).stdout).toBe('0 33\n');
  });

  test('a later command acts on a container of an earlier one', () => {
    expect(asUser('userns', ['run', '-d', '--name', 'box', 'busybox', 'sh', '-c', 'echo up; sleep 100']).status).toBe(
      0,
    );
    expect(asUser('userns', ['exec', 'box', 'id', '-u']).stdout).toBe('0\n');
    expect(asUser('userns', ['logs', 'box']).stdout).toBe('up\n');
    expect(asUser('userns', ['stop', '-t', '0', 'box']).status).toBe(0);
    expect(asUser('userns', ['inspect', '-f', '{{.State.ExitCode}}', 'box']).stdout).toBe('137\n');
    expect(asUser('userns', ['rm', 'box']).status).toBe(0);
  });

  test('limits that need a cgroup are warned of once each, and asked for later are refused', () => {
    const limited = ['run', '-d', '--name', 'limited', '-m', '64m', '--memory-swap', '64m', '--cpus', '0.5'];
    const { status, stderr } = asUser('userns', [...limited, 'busybox', 'sh', '-c', 'sleep 100 & sleep 100; wait']);
    const warnings = stderr.trim().split('\n').filter(Boolean);
    expect([status, new Set(warnings).size]).toEqual([0, warnings.length]);
    for (const line of warnings) expect(line).toMatch(/^warning: the (memory|cpu) limit cannot be set: no cgroup here/);
    expect(asUser('userns', ['top', 'limited', '-o', 'pid,args']).stdout.match(/sleep 100$/gm)).toHaveLength(2);
    if (warnings.length > 0) {
      const refused = asUser('userns', ['update', '-m', '96m', '--memory-swap', '96m', 'limited']);
      expect(refused.stderr).toContain('the memory limit cannot be set');
    }
    expect(asUser('userns', ['rm', '-f', 'limited']).status).toBe(0);
  });

  test('the processes of this machine can be looked at', () => {
    const { status, stdout } = asUser('userns', [
      ...['run', '--rm', '--pid', 'host', 'busybox', 'sh', '-c'],
      '[ -d /proc/1 ] && readlink /proc/self/ns/pid',
    ]);
    expect([status, stdout.trim()]).toEqual([0, readlinkSync('/proc/self/ns/pid')]);
  });

  test('without ranges one ID is enough to run as root', async () => {
    for (const file of ['/etc/subuid', '/etc/subgid']) {
      await writeFile(file, (await readFile(file, 'utf8')).replace(new RegExp(`^${user}:.*\n`, 'gm'), ''));
    }
    const single = ['--root', join(folder, 'out/single'), '--run-root', join(folder, 'out/run')];
    await mkdir(join(folder, 'out/single'), { recursive: true });
    await fill(join(folder, 'out/single'));
    spawnSync('chown', ['-R', `${user}:${user}`, join(folder, 'out/single')]);
    expect(asUser('userns', [...single, 'run', '--rm', 'busybox', 'id', '-u'])).toMatchObject({
      stdout: '0\n',
      status: 0,
    });
  });
});

(root && has('useradd') ? test : test.skip)('a way that does not exist is said', () => {
  const { stderr, status } = asUser('magic', ['ps']);
  expect(stderr).toContain('CONTAINERIZE_PRIVILEGE: expected sudo or userns, found "magic"');
  expect(status).toBe(77);
});
