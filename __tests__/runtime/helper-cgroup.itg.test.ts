import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { HelperRecord } from '../../src/runtime/helper.ts';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { dev, isAlive, makeHelper, namespaces, path, proc, runHelper } from './helper-fixture.ts';

const helper = makeHelper();
const isUnified = existsSync('/sys/fs/cgroup/cgroup.controllers');
const name = `containerize-helper-test-${process.pid}`;
const scratch = await scratchFolder('cgroup');
const root = makeBusyboxRoot(join(scratch, 'root'));

/** The folder of a controller's group on this machine. */
function group(controller: string): string {
  return isUnified ? `/sys/fs/cgroup/${name}` : `/sys/fs/cgroup/${controller}/${name}`;
}

function limits(memory: number, pids: number): HelperRecord[] {
  const [memoryGroup, pidsGroup] = [group('memory'), group('pids')];
  return [
    ['cgroup-dir', memoryGroup],
    ...(isUnified ? [] : ([['cgroup-dir', pidsGroup]] as HelperRecord[])),
    ['cgroup-write', join(memoryGroup, isUnified ? 'memory.max' : 'memory.limit_in_bytes'), memory],
    [
      'cgroup-write',
      join(memoryGroup, isUnified ? 'memory.swap.max' : 'memory.memsw.limit_in_bytes'),
      isUnified ? 0 : memory,
      'optional',
    ],
    ['cgroup-write', join(pidsGroup, 'pids.max'), pids],
    ['cgroup-join', join(memoryGroup, 'cgroup.procs')],
    ...(isUnified ? [] : ([['cgroup-join', join(pidsGroup, 'cgroup.procs')]] as HelperRecord[])),
    ['cgroup-kill', join(memoryGroup, isUnified ? 'cgroup.kill' : 'cgroup.procs')],
    ['cgroup-stats', 'memory-peak', join(memoryGroup, isUnified ? 'memory.peak' : 'memory.max_usage_in_bytes')],
    [
      'cgroup-stats',
      isUnified ? 'oom-v2' : 'oom-v1',
      join(memoryGroup, isUnified ? 'memory.events' : 'memory.oom_control'),
    ],
  ];
}

describe('control groups', () => {
  test('hold the container, from its first process on', async () => {
    const { stdout } = await runHelper(helper, 'run', [
      ...namespaces.filter((ns) => ns[1] !== 'cgroup'),
      ...limits(100 << 20, 50),
      ['rootfs', root],
      proc,
      path,
      ['stdio', 'relay'],
      ['args', 'cat', '/proc/self/cgroup'],
    ]);
    expect(stdout).toMatch(isUnified ? new RegExp(`^0::/.*${name}`, 'm') : new RegExp(`memory:/.*${name}`));
    expect(existsSync(group('memory'))).toBe(false);
    expect(existsSync(group('pids'))).toBe(false);
  });

  const unified = '/sys/fs/cgroup/unified';
  const hybrid = existsSync(join(unified, 'cgroup.procs')) ? test : test.skip; // needs a hybrid cgroup hierarchy
  hybrid('of both versions at once are entered, and left again', async () => {
    const { stdout, error } = await runHelper(helper, 'run', [
      ...namespaces.filter((ns) => ns[1] !== 'cgroup'),
      ['cgroup-dir', join(unified, name)],
      ['cgroup-join', join(unified, name, 'cgroup.procs')],
      ...limits(100 << 20, 50),
      ['rootfs', root],
      proc,
      path,
      ['stdio', 'relay'],
      ['args', 'cat', '/proc/self/cgroup'],
    ]);
    expect(error).toBeUndefined();
    for (const line of ['0::/', 'memory:/', 'pids:/']) expect(stdout).toMatch(new RegExp(`${line}.*${name}`));
    expect(existsSync(join(unified, name))).toBe(false);
  });

  test('are the root of the cgroup namespace', async () => {
    const { stdout } = await runHelper(helper, 'run', [
      ...namespaces,
      ...limits(100 << 20, 50),
      ['rootfs', root],
      proc,
      path,
      ['stdio', 'relay'],
      ['args', 'cat', '/proc/self/cgroup'],
    ]);
    expect(stdout).toMatch(isUnified ? /^0::\/$/m : /:memory:\/$/m);
  });

  test('report what was used, and that memory ran out', async () => {
    const run = (command: string): ReturnType<typeof runHelper> =>
      runHelper(helper, 'run', [
        ...namespaces,
        ...limits(24 << 20, 50),
        ['rootfs', root],
        proc,
        ...dev,
        path,
        ['stdio', 'relay'],
        ['args', 'sh', '-c', command],
      ]);
    const fine = await run('head -c 4000000 /dev/zero | tail -c 4000000 | wc -c');
    expect(fine.reports.at(-1)).toMatchObject({ event: 'exit', oomKilled: false, memoryPeak: expect.any(Number) });
    const killed = await run('exec tail /dev/zero');
    expect(killed.code).toBe(137);
    expect(killed.reports.at(-1)).toMatchObject({ event: 'exit', exitCode: 137, oomKilled: true });
  });

  test('kill every descendant when there is no pid namespace', async () => {
    const { stdout, code } = await runHelper(helper, 'run', [
      ['ns', 'mount'],
      ...limits(100 << 20, 50),
      ['rootfs', root],
      proc,
      path,
      ['stdio', 'relay'],
      ['args', 'sh', '-c', 'setsid sleep 1000 & echo $!; exit 0'],
    ]);
    expect(code).toBe(0);
    expect(isAlive(Number(stdout))).toBe(false);
    expect(existsSync(group('memory'))).toBe(false);
  });

  test('that the container made below are removed too', async () => {
    const { code } = await runHelper(helper, 'run', [
      ...namespaces,
      ...limits(100 << 20, 50),
      ['rootfs', root],
      proc,
      ['mount', 'bind', group('memory'), '/mnt', 0x1000, 0, 0, 0, '', 'create-dir'],
      path,
      ['args', 'sh', '-c', 'mkdir -p /mnt/nested/deeper'],
    ]);
    expect(code).toBe(0);
    expect(existsSync(group('memory'))).toBe(false);
  });

  test('limit the number of processes', async () => {
    const { stderr } = await runHelper(helper, 'run', [
      ...namespaces,
      ...limits(100 << 20, 5),
      ['rootfs', root],
      proc,
      path,
      ['stdio', 'relay'],
      ['args', 'sh', '-c', 'for i in 1 2 3 4 5 6 7 8; do sleep 1 & done; wait'],
    ]);
    expect(stderr).toMatch(/can't fork/);
  });

  test('a value that the kernel refuses is an error, or a note when optional', async () => {
    const records = (...optional: string[]): HelperRecord[] => [
      ...namespaces,
      ...limits(100 << 20, 5),
      ['cgroup-write', join(group('pids'), 'pids.max'), 'many', ...optional],
      ['rootfs', root],
      path,
      ['args', 'true'],
    ];
    const strict = await runHelper(helper, 'run', records());
    expect(strict.code).toBe(71);
    expect(strict.error).toMatchObject({ errnoName: 'EINVAL', message: expect.stringMatching(/pids\.max \(many\)/) });
    expect(existsSync(group('memory'))).toBe(false);
    const lenient = await runHelper(helper, 'run', records('optional'));
    expect(lenient.code).toBe(0);
    expect(lenient.reports[0]).toMatchObject({ event: 'note', message: expect.stringMatching(/pids\.max/) });
  });
});
