import { describe, expect, test } from '@jest/globals';
import { healthCommand, healthcheckOf } from '../../src/container/health.ts';
import { watcherLock } from '../../src/container/health-file.ts';
import { lockOwners } from '../../src/locks.ts';
import { entry } from '../helpers/entry.ts';
import { until } from '../helpers/until.ts';
import { addImage, containerLine } from './fixture.ts';

const cli = await containerLine('health');
const engine = await cli.engine;
Object.assign(engine.settings, {
  self: [process.execPath, entry, '--root', engine.settings.root, '--run-root', engine.settings.run],
});
const status = async (name: string) => (await cli.ok(['inspect', '-f', '{{.State.Health.Status}}', name])).trim();

async function becomes(name: string, wanted: string): Promise<string> {
  const deadline = Date.now() + 10_000;
  let found = await status(name);
  while (found !== wanted && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    found = await status(name);
  }
  return found;
}

describe('health checks', () => {
  test('a container becomes healthy, unhealthy and healthy again', async () => {
    const flags = ['--health-cmd', 'echo looked; test -e /ok', '--health-interval', '100ms', '--health-retries', '2'];
    await cli.ok(['run', '-d', '--name', 'probe', ...flags, 'busybox', 'sh', '-c', 'touch /ok; sleep 100']);
    expect(await becomes('probe', 'healthy')).toBe('healthy');
    expect(await cli.ok(['ps'])).toContain('(healthy)');
    expect(await cli.ok(['ps', '-q', '--filter', 'health=healthy'])).not.toBe('');
    await cli.ok(['exec', 'probe', 'rm', '/ok']);
    expect(await becomes('probe', 'unhealthy')).toBe('unhealthy');
    const [last] = JSON.parse(await cli.ok(['inspect', '-f', '{{json .State.Health.Log}}', 'probe'])).slice(-1);
    expect(last).toMatchObject({ ExitCode: 1, Output: 'looked\n' });
    await cli.ok(['exec', 'probe', 'touch', '/ok']);
    expect(await becomes('probe', 'healthy')).toBe('healthy');
    await cli.ok(['rm', '-f', 'probe']);
  });

  test('a watcher that was killed is noticed by the next command, and another one goes on', async () => {
    const flags = ['--health-cmd', 'test -e /ok', '--health-interval', '100ms', '--health-retries', '1'];
    await cli.ok(['run', '-d', '--name', 'orphan', ...flags, 'busybox', 'sh', '-c', 'touch /ok; sleep 100']);
    expect(await becomes('orphan', 'healthy')).toBe('healthy');
    const container = await (await engine.containers()).get('orphan');
    const watchers = () => lockOwners(watcherLock(container.services.store, container.id));
    await new Promise((resolve) => setTimeout(resolve, 3_200));
    const [killed] = watchers();
    process.kill(killed!.pid, 'SIGKILL');
    await cli.ok(['exec', 'orphan', 'rm', '/ok']);
    expect(await becomes('orphan', 'unhealthy')).toBe('unhealthy');
    expect(watchers().map((owner) => owner.pid)).not.toContain(killed!.pid);
    expect(watchers()).toHaveLength(1);
    await cli.ok(['rm', '-f', 'orphan']);
    await until(() => watchers().length === 0);
  });

  test('a check that hangs is ended, and counts as a failure', async () => {
    const flags = [
      '--health-cmd',
      'sleep 50',
      '--health-interval',
      '50ms',
      '--health-timeout',
      '200ms',
      '--health-retries',
      '1',
    ];
    await cli.ok(['run', '-d', '--name', 'hang', ...flags, 'busybox', 'sleep', '100']);
    expect(await becomes('hang', 'unhealthy')).toBe('unhealthy');
    await cli.ok(['rm', '-f', 'hang']);
  });

  test('the image’s check is taken over, changed or switched off', async () => {
    await addImage(cli, 'checked', {
      config: { Cmd: ['sleep', '100'], Healthcheck: { Test: ['CMD', 'true'], Interval: 50e6 } },
    });
    await cli.ok(['run', '-d', '--name', 'image', 'checked']);
    expect(await becomes('image', 'healthy')).toBe('healthy');
    await cli.ok(['run', '-d', '--name', 'off', '--no-healthcheck', 'checked']);
    expect(await cli.ok(['inspect', '-f', '{{json .State}}', 'off'])).not.toContain('Health');
    await cli.ok(['rm', '-f', 'image', 'off']);
  });

  test('the program of a check', () => {
    expect(healthCommand({ Test: ['CMD-SHELL', 'a b'] }, ['/bin/ash', '-c'])).toEqual(['/bin/ash', '-c', 'a b']);
    expect(healthCommand({ Test: ['CMD', 'a', 'b'] }, undefined)).toEqual(['a', 'b']);
    expect(
      healthcheckOf({
        imageConfig: { Healthcheck: { Test: ['CMD', 'x'], Retries: 5 } },
        options: { command: [], health: { Interval: 1 } },
      }),
    ).toEqual({ Test: ['CMD', 'x'], Retries: 5, Interval: 1 });
  });
});
