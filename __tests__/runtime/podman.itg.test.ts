import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { isInstalled, OciBench, type Ran, removeEmptyCgroups, run } from './oci-fixture.ts';

// Without the capability to raise limits podman's own defaults would be refused.
const ULIMITS = ['--ulimit', 'nofile=20000:20000', '--ulimit', 'nproc=1000:1000'];

const describeWithPodman = isInstalled('podman') ? describe : describe.skip;

describeWithPodman('podman with our runtime (skipped where podman is not installed)', () => {
  let bench: OciBench;
  // podman refuses a run folder of more than 50 characters.
  let short = '';
  // podman keeps its locks there for the boot; what was there before is somebody's.
  const locks = '/dev/shm/libpod_lock';
  const hadLocks = existsSync(locks);
  const podman = (...args: string[]): Promise<Ran> =>
    run('podman', [
      ...['--root', join(bench.scratch, 'root'), '--runroot', short, '--tmpdir', join(bench.scratch, 'tmp')],
      ...['--storage-driver=vfs', '--cgroup-manager=cgroupfs', '--events-backend=file', '--runtime', bench.wrapper],
      ...args,
    ]);
  const runIt = (...args: string[]): Promise<Ran> => podman('run', ...ULIMITS, '--network=none', ...args);

  beforeAll(async () => {
    bench = new OciBench('podman');
    short = mkdtempSync('/run/containerize-podman-');
    const tar = join(bench.scratch, 'busybox.tar');
    execFileSync('tar', ['-C', join(bench.bundle(['x']), 'rootfs'), '-cf', tar, '.']);
    expect(await podman('import', tar, 'busybox:test')).toMatchObject({ code: 0 });
  });

  afterAll(async () => {
    await podman('rm', '--force', '--all', '--time', '0');
    removeEmptyCgroups('libpod_parent');
    if (!hadLocks) rmSync(locks, { force: true });
    rmSync(short, { recursive: true, force: true });
    bench.remove();
  });

  test('runs a program and gives its output and status', async () => {
    const ran = await runIt(
      '--rm',
      '--memory=64m',
      '--pids-limit=50',
      'busybox:test',
      'sh',
      '-c',
      'echo hello; hostname | wc -c; cat /sys/fs/cgroup/pids/pids.max /sys/fs/cgroup/pids.max 2>/dev/null; exit 5',
    );
    expect(ran).toMatchObject({ code: 5, stdout: 'hello\n13\n50\n' });
  });

  test('tells a missing program from one that cannot be executed', async () => {
    expect((await runIt('--rm', 'busybox:test', 'no-such')).code).toBe(127);
    expect((await runIt('--rm', 'busybox:test', '/etc/passwd')).code).toBe(126);
  });

  test('makes containers that look from inside as runc’s do', async () => {
    if (!isInstalled('runc')) return console.warn('not compared: runc is not installed');
    const look = [
      'id; pwd; umask; ulimit -n; grep -E "Cap|NoNew|Seccomp:|Groups" /proc/self/status; cat /proc/self/uid_map',
      'ls -ln /dev | tr -s " " | cut -d" " -f1,3- | sed "s/ [A-Z][a-z][a-z] [0-9 ]*:[0-9]* / /" | grep -v mqueue; cut -d" " -f2 /proc/self/mounts | sort',
      'cat /proc/sys/kernel/msgmax; cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.shares pids/pids.max memory.max cpu.weight pids.max 2>/dev/null; true',
    ].join('; ');
    for (const flags of [
      [
        '--memory=50m',
        '--cpu-shares=300',
        '--pids-limit=33',
        '--sysctl=kernel.msgmax=5555',
        '--cap-add=NET_ADMIN',
        '--read-only',
      ],
      ['--uidmap=0:100000:65536', '--security-opt=no-new-privileges', '--user=1000:1000'],
      ['--privileged'],
    ]) {
      const [ours, theirs] = await Promise.all(
        [[], ['--runtime=runc']].map((runtime) =>
          podman(
            ...runtime,
            'run',
            ...ULIMITS,
            '--network=none',
            '--hostname=same',
            '--rm',
            ...flags,
            'busybox:test',
            'sh',
            '-c',
            look,
          ),
        ),
      );
      expect(theirs!.stdout).toMatch(/uid=/);
      expect(ours!.stdout).toBe(theirs!.stdout);
    }
  }, 30_000);

  test('keeps one in the background: exec, top, pause, stop, logs, rm', async () => {
    const script = 'trap "echo bye; exit 0" TERM; echo up; while :; do sleep 0.05; done';
    expect(await runIt('--detach', '--name=one', 'busybox:test', 'sh', '-c', script)).toMatchObject({ code: 0 });
    expect(await podman('exec', 'one', 'id', '-u')).toMatchObject({ code: 0, stdout: '0\n' });
    expect(await podman('exec', '--user=1000', '--tty', 'one', 'tty')).toMatchObject({
      stdout: expect.stringMatching(/^\/dev\/pts\/\d/),
    });
    expect((await podman('exec', 'one', 'no-such')).code).toBe(127);
    expect((await podman('pause', 'one')).code).toBe(0);
    expect((await podman('ps', '--all', '--format={{.Status}}')).stdout).toMatch(/paused/i);
    expect((await podman('unpause', 'one')).code).toBe(0);
    expect((await podman('stop', '--time=5', 'one')).code).toBe(0);
    expect((await podman('inspect', '--format={{.State.ExitCode}} {{.OCIRuntime}}', 'one')).stdout).toBe(
      `0 ${bench.wrapper}\n`,
    );
    expect((await podman('logs', 'one')).stdout).toBe('up\nbye\n');
    expect((await podman('rm', 'one')).code).toBe(0);
    expect((await bench.must('list', '-q')).trim()).toBe('');
  }, 30_000);
});
