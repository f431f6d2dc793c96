import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { until } from './container-fixture.ts';
import { isInstalled, OciBench, type Ran, removeEmptyCgroups, run } from './oci-fixture.ts';

const DOCKERD = '/usr/sbin/dockerd';

const describeWithDocker = existsSync(DOCKERD) && isInstalled('docker') ? describe : describe.skip;

describeWithDocker('dockerd with our runtime (skipped where dockerd and docker are not installed)', () => {
  let bench: OciBench;
  const socket = (): string => `unix://${join(bench.scratch, 'sock')}`;
  let daemon: ChildProcess;
  const docker = (...args: string[]): Promise<Ran> => run('docker', ['--host', socket(), ...args]);
  const runIt = (...args: string[]): Promise<Ran> => docker('run', '--runtime=ours', '--network=none', ...args);

  beforeAll(async () => {
    bench = new OciBench('docker');
    const place = (name: string): string => join(bench.scratch, name);
    daemon = spawn(
      DOCKERD,
      [
        ...['--host', socket(), '--data-root', place('data'), '--exec-root', place('exec'), '--pidfile', place('pid')],
        ...['--iptables=false', '--ip6tables=false', '--bridge=none', '--storage-driver=vfs'],
        ...['--exec-opt', 'native.cgroupdriver=cgroupfs', '--add-runtime', `ours=${bench.wrapper}`],
      ],
      { stdio: 'ignore' },
    );
    await until(async () => (await docker('version')).code === 0, 20_000);
    const tar = place('busybox.tar');
    execFileSync('tar', ['-C', join(bench.bundle(['x']), 'rootfs'), '-cf', tar, '.']);
    expect((await docker('import', tar, 'busybox:test')).code).toBe(0);
  }, 30_000);

  afterAll(async () => {
    await docker('rm', '--force', 'one');
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill('SIGTERM');
    await ended;
    // The daemon leaves the mount of its own network namespace behind.
    for (const name of ['default']) spawnSync('umount', [join(bench.scratch, 'exec/netns', name)]);
    removeEmptyCgroups('docker');
    bench.remove();
  }, 30_000);

  test('runs a program and gives its output and status', async () => {
    expect(await runIt('--rm', 'busybox:test', 'sh', '-c', 'echo hello; exit 5')).toMatchObject({
      code: 5,
      stdout: 'hello\n',
    });
    expect((await runIt('--rm', 'busybox:test', 'no-such')).code).toBe(127);
  });

  test('keeps one in the background: exec, limits, pause, update, stop, rm', async () => {
    expect(
      (await runIt('--detach', '--name=one', '--memory=64m', '--cpus=0.5', 'busybox:test', 'sleep', '100')).code,
    ).toBe(0);
    expect(await docker('exec', 'one', 'sh', '-c', 'echo in; exit 3')).toMatchObject({ code: 3, stdout: 'in\n' });
    expect((await docker('exec', 'one', 'no-such')).code).not.toBe(0);
    expect((await docker('top', 'one')).stdout).toContain('sleep 100');
    expect((await docker('pause', 'one')).code).toBe(0);
    expect((await docker('unpause', 'one')).code).toBe(0);
    expect((await docker('update', '--memory=80m', '--memory-swap=160m', 'one')).code).toBe(0);
    expect((await docker('kill', 'one')).code).toBe(0);
    expect((await docker('wait', 'one')).stdout).toBe('137\n');
    expect((await docker('rm', 'one')).code).toBe(0);
  }, 30_000);
});
