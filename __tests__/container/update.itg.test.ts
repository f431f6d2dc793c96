import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { containerLine } from './fixture.ts';

const cli = await containerLine('update');
const inspected = async (template: string) => (await cli.ok(['inspect', '-f', template, 'box'])).trim();
const SHOW =
  'cd /sys/fs/cgroup; for f in memory/memory.limit_in_bytes memory.max pids/pids.max pids.max; do cat $f 2>/dev/null; done; true';
const inside = async () => (await cli.ok(['exec', 'box', 'sh', '-c', SHOW])).trim().split('\n');
const quota = async () => {
  const find =
    'cd /sys/fs/cgroup; for f in cpu/cpu.cfs_quota_us cpu,cpuacct/cpu.cfs_quota_us cpu.max; do cat $f 2>/dev/null; done; true';
  return (await cli.ok(['exec', 'box', 'sh', '-c', find])).trim();
};

describe('update', () => {
  test('changes the limits of what runs, of what it has started, and of the next start', async () => {
    await cli.ok(['run', '-d', '--name', 'box', '-m', '64m', 'busybox', 'sh', '-c', 'sleep 100 & sleep 100; wait']);
    expect(await cli.ok(['update', '-m', '96m', '--memory-swap', '96m', '--pids-limit', '22', 'box'])).toBe('box\n');
    expect(await inside()).toEqual([String(96 * 2 ** 20), '22']);
    expect(await inspected('{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}')).toBe(`${96 * 2 ** 20} 22`);
    await cli.ok(['restart', '-t', '0', 'box']);
    expect(await inside()).toEqual([String(96 * 2 ** 20), '22']);
  });

  test('limits what nothing was limited of before', async () => {
    await cli.ok(['update', '--cpus', '0.5', 'box']);
    expect(await inspected('{{.HostConfig.NanoCpus}}')).toBe('500000000');
    const text = await quota();
    // a v1 hierarchy that it was not started in is not mounted inside it
    if (text !== '') expect(text).toMatch(/^50000/);
  });

  test('leaves everything as it was when the kernel or the combination refuses', async () => {
    const refused = await cli.run(['update', '-m', '1g', 'box']);
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining('give --memory-swap too')]);
    expect(await inspected('{{.HostConfig.Memory}}')).toBe(String(96 * 2 ** 20));
    const nothing = await cli.run(['update', 'box']);
    expect([nothing.code, nothing.stderr]).toEqual([125, expect.stringContaining('nothing to change')]);
    expect((await cli.run(['update', '--restart', 'always', 'box'])).stderr).toContain('later version');
  });

  test('no cgroup is left behind', async () => {
    const id = await inspected('{{.Id}}');
    await cli.ok(['rm', '-f', 'box']);
    const left = readdirSync('/sys/fs/cgroup', { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap((entry) => readdirSync(`/sys/fs/cgroup/${entry.name}`))
      .filter((name) => name.includes(id));
    expect(left).toEqual([]);
  });
});
