import { existsSync, readdirSync } from 'node:fs';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { addImage, containerLine } from './fixture.ts';

const cli = await containerLine('run');
const cwd = join(cli.folder, 'cwd');
await mkdir(cwd, { recursive: true });

const run = (...words: string[]) => cli.run(['run', '--rm', ...words]);
const sh = (script: string, ...flags: string[]) => run(...flags, 'busybox', 'sh', '-c', script);

describe('run --rm', () => {
  test('passes output, errors and the exit code on', async () => {
    expect(await sh('echo out; echo err >&2; exit 7')).toMatchObject({ code: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  test('a program that is not there gives 127, one that is no program 126, an image that is not there 125', async () => {
    expect((await run('busybox', 'nosuch')).code).toBe(127);
    expect((await run('busybox', '/etc/passwd')).code).toBe(126);
    expect((await run('--pull', 'never', 'nosuch')).code).toBe(125);
    expect((await sh('kill -9 $$', '--init')).code).toBe(137);
  });

  test('a limit above what we may give says which', async () => {
    const { code, stderr } = await sh('true', '--ulimit', 'nofile=2000000000');
    expect([code, stderr]).toEqual([125, expect.stringContaining('the resource limit nofile cannot be set')]);
  });

  test('leaves nothing', async () => {
    await sh('echo x > /file');
    const engine = await cli.engine;
    expect(await (await engine.containers()).list()).toEqual([]);
    expect(readdirSync(join(cli.folder, 'root/containers/names'))).toEqual([]);
    expect(readdirSync(join(cli.folder, 'run/containers'))).toEqual([]);
  });

  test('stdin reaches the container byte by byte, and ends', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7) % 256));
    const result = await cli.run(['run', '--rm', '-i', 'busybox', 'cat'], bytes);
    expect(result.bytes.equals(bytes)).toBe(true);
  });

  test('without -i stdin is empty', async () => {
    expect((await cli.run(['run', '--rm', 'busybox', 'cat'], 'not for it')).stdout).toBe('');
  });

  test('/dev/stdout can be opened, also by a user who is not root', async () => {
    expect((await run('-u', 'nobody', 'busybox', 'sh', '-c', 'echo log > /dev/stdout')).stdout).toBe('log\n');
  });
});

describe('what a container is', () => {
  test('user by name, number and group', async () => {
    expect((await run('-u', 'nobody', 'busybox', 'id')).stdout).toBe(
      'uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup)\n',
    );
    expect((await run('-u', '5:7', 'busybox', 'id', '-u')).stdout).toBe('5\n');
    const missing = await run('-u', 'ghost', 'busybox', 'id');
    expect(missing.stderr).toContain('there is no user "ghost"');
    expect(missing.code).toBe(125);
  });

  test('environment, host name, working directory, HOME', async () => {
    const { stdout } = await sh('echo $A $HOME; hostname; pwd', '-e', 'A=1', '-h', 'box', '-w', '/new/dir');
    expect(stdout).toBe('1 /root\nbox\n/new/dir\n');
  });

  test('entrypoint and command', async () => {
    await addImage(cli, 'tool', { config: { Entrypoint: ['echo', 'image'], Cmd: ['default'] } });
    expect((await run('tool')).stdout).toBe('image default\n');
    expect((await run('tool', 'mine')).stdout).toBe('image mine\n');
    expect((await run('--entrypoint', 'printf', 'tool', 'x')).stdout).toBe('x');
    await addImage(cli, 'empty', { config: { Cmd: [] } });
    expect((await run('empty')).stderr).toContain('says no command');
  });

  test('hosts, resolv.conf and added names', async () => {
    const { stdout } = await sh(
      'cat /etc/hosts /etc/resolv.conf',
      '--add-host',
      'db:10.0.0.5',
      '--dns',
      '1.2.3.4',
      '--network',
      'none',
    );
    expect(stdout).toContain('10.0.0.5\tdb');
    expect(stdout).toContain('nameserver 1.2.3.4');
  });

  test('the network is the host’s, or none', async () => {
    expect((await sh('ls /sys/class/net', '--network', 'none')).stdout.trim()).toBe('lo');
    expect((await sh('readlink /proc/self/ns/net')).stdout.trim()).toBe(await readlinkOf('/proc/self/ns/net'));
  });

  test('capabilities: few, none, all', async () => {
    const caps = async (...flags: string[]) =>
      BigInt(`0x${/CapBnd:\s*([0-9a-f]+)/.exec((await sh('cat /proc/self/status', ...flags)).stdout)![1]}`);
    expect((await caps()).toString(16)).toBe('a80425fb');
    expect(await caps('--cap-drop', 'ALL')).toBe(0n);
    expect(await caps('--cap-drop', 'ALL', '--cap-add', 'CHOWN')).toBe(1n);
  });

  test('kernel files are hidden and read-only, the filter is on', async () => {
    const { stdout } = await sh(
      'wc -c < /proc/interrupts; touch /proc/sys/kernel/x 2>&1; grep Seccomp: /proc/self/status; grep NoNew /proc/self/status',
      '--security-opt',
      'no-new-privileges',
    );
    expect(stdout).toMatch(/^0\ntouch: .*\nSeccomp:\t2\nNoNewPrivs:\t1\n$/);
    expect((await sh('grep Seccomp: /proc/self/status', '--security-opt', 'seccomp=unconfined')).stdout).toBe(
      'Seccomp:\t0\n',
    );
  });

  test('a seccomp profile of the user’s', async () => {
    await writeFile(
      join(cwd, 'profile.json'),
      JSON.stringify({
        defaultAction: 'SCMP_ACT_ALLOW',
        syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }],
      }),
    );
    expect((await sh('mkdir /x', '--security-opt', 'seccomp=profile.json')).stderr).toContain(
      'Operation not permitted',
    );
  });

  test('limits reach the kernel, and running out of memory is reported', async () => {
    expect((await sh('ulimit -n', '--ulimit', 'nofile=64:128')).stdout).toBe('64\n');
    expect((await sh('df -k /dev/shm | tail -1', '--shm-size', '2m')).stdout).toMatch(/\s2048\s/);
    await cli.run([
      'run',
      '--name',
      'oom',
      '-m',
      '16m',
      '--memory-swap',
      '16m',
      'busybox',
      'sh',
      '-c',
      'head -c 200000000 /dev/zero | tail',
    ]);
    expect(await cli.ok(['inspect', '-f', '{{.State.OOMKilled}}', 'oom'])).toBe('true\n');
  });

  test('read-only root with a writable tmpfs', async () => {
    const { stdout, stderr } = await sh(
      'touch /x; touch /tmp/y && stat -f -c %T /tmp',
      '--read-only',
      '--tmpfs',
      '/tmp:size=1m',
    );
    expect(stderr).toContain('Read-only file system');
    expect(stdout).toBe('tmpfs\n');
  });

  test('--init reaps and forwards', async () => {
    expect((await sh('cat /proc/1/comm; ps | wc -l', '--init')).stdout).not.toContain('sh\n1');
    expect((await run('--init', 'busybox', 'sh', '-c', 'exit 5')).code).toBe(5);
  });

  test('--pid host and privileged', async () => {
    expect((await sh('readlink /proc/self/ns/pid', '--pid', 'host')).stdout.trim()).toBe(
      await readlinkOf('/proc/self/ns/pid'),
    );
    expect((await sh('mkdir /m && mount -t tmpfs none /m && echo mounted', '--privileged')).stdout).toBe('mounted\n');
    expect((await sh('mount -t tmpfs none /tmp')).code).not.toBe(0);
  });

  test('the container’s ID is written for its caller, and never over a file', async () => {
    cli.owner = { uid: 1234, gid: 1235 };
    await run('--cidfile', 'id', 'busybox', 'true');
    cli.owner = { uid: process.getuid!(), gid: process.getgid!() };
    expect(await readFile(join(cwd, 'id'), 'utf8')).toMatch(/^[0-9a-f]{64}$/);
    expect((await stat(join(cwd, 'id'))).uid).toBe(1234);
    expect((await run('--cidfile', 'id', 'busybox', 'true')).stderr).toContain('there is a file');
  });
});

describe('a network of its own', () => {
  test('lets anybody listen on any port and ping, as docker’s do', async () => {
    const read = 'cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/net/ipv4/ping_group_range';
    expect((await sh(read, '--network', 'none')).stdout).toBe('0\n0\t2147483647\n');
    const own = ['--network', 'none', '--sysctl', 'net.ipv4.ip_unprivileged_port_start=80'];
    expect((await sh(read, ...own)).stdout).toBe('80\n0\t2147483647\n');
  });
});

describe('volumes and binds', () => {
  test('a folder on a file, or a file on a folder, is told', async () => {
    await mkdir(join(cwd, 'folder'), { recursive: true });
    const { code, stderr } = await sh('true', '-v', `${cwd}/folder:/bin/sh`);
    expect([code, stderr]).toEqual([125, expect.stringContaining('mount a folder on a file, or a file on a folder')]);
  });

  test('a bind shows the host’s files, read-only when asked', async () => {
    await writeFile(join(cwd, 'host'), 'hello');
    expect((await sh('cat /in/host', '-v', `${cwd}:/in`)).stdout).toBe('hello');
    expect((await sh('touch /in/x', '-v', `${cwd}:/in:ro`)).stderr).toContain('Read-only');
    expect((await sh('cat /one', '-v', './host:/one')).stdout).toBe('hello');
  });

  test('-v makes a missing folder, --mount refuses it', async () => {
    await sh('touch /in/x', '-v', `${cwd}/made:/in`);
    expect(existsSync(join(cwd, 'made/x'))).toBe(true);
    expect((await sh('true', '--mount', `type=bind,src=${cwd}/none,dst=/in`)).stderr).toContain('there is no');
  });

  test('a named volume keeps what is written, and begins with what the image has there', async () => {
    await addImage(cli, 'data', { files: { 'srv/seed': 'seed' }, config: { Cmd: ['sh'] } });
    expect((await run('-v', 'vol:/srv', 'data', 'sh', '-c', 'cat /srv/seed; echo more > /srv/more')).stdout).toBe(
      'seed',
    );
    expect((await run('-v', 'vol:/other', 'data', 'cat', '/other/more')).stdout).toBe('more\n');
    expect(await cli.ok(['volume', 'ls', '-q'])).toContain('vol\n');
    await cli.ok(['volume', 'rm', 'vol']);
  });

  test('a VOLUME of the image gets a volume that goes with --rm', async () => {
    await addImage(cli, 'declares', { config: { Cmd: ['sh'], Volumes: { '/v': {} } } });
    expect((await run('declares', 'sh', '-c', 'grep -c " /v " /proc/self/mountinfo')).stdout).toBe('1\n');
    expect(await cli.ok(['volume', 'ls', '-q'])).toBe('');
  });
});

async function readlinkOf(path: string): Promise<string> {
  const { readlink } = await import('node:fs/promises');
  return readlink(path);
}
