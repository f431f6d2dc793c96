import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Dockerd, hasDocker } from '../helpers/dockerd.ts';
import { OciBench, type Ran } from './oci-fixture.ts';

const describeWithDocker = hasDocker ? describe : describe.skip;

describeWithDocker('dockerd with our runtime (skipped where dockerd and docker are not installed)', () => {
  let bench: OciBench;
  let daemon: Dockerd;
  const docker = (...args: string[]): Promise<Ran> => daemon.docker(...args);
  const runIt = (...args: string[]): Promise<Ran> => docker('run', '--runtime=ours', '--network=none', ...args);

  beforeAll(async () => {
    bench = new OciBench('docker');
    daemon = await Dockerd.start(join(bench.scratch, 'dockerd'), ['--add-runtime', `ours=${bench.wrapper}`]);
    const tar = join(bench.scratch, 'busybox.tar');
    execFileSync('tar', ['-C', join(bench.bundle(['x']), 'rootfs'), '-cf', tar, '.']);
    expect((await docker('import', tar, 'busybox:test')).code).toBe(0);
  }, 30_000);

  afterAll(async () => {
    await docker('rm', '--force', 'one');
    await daemon.stop();
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
