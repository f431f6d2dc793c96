import { existsSync, mkdirSync, readdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { containerLine } from './fixture.ts';

const cli = await containerLine('cgroup-parent');
const name = `czparent-${process.pid}`;

/** Every folder of that name in all hierarchies. */
function folders(): string[] {
  const hierarchies = readdirSync('/sys/fs/cgroup', { withFileTypes: true }).filter((entry) => entry.isDirectory());
  return ['/sys/fs/cgroup', ...hierarchies.map((entry) => join('/sys/fs/cgroup', entry.name))]
    .map((folder) => join(folder, name))
    .filter((folder) => existsSync(folder));
}

afterAll(() => {
  for (const folder of folders()) rmdirSync(folder);
});

test('the parent groups that a container needed are gone with the last one in them', async () => {
  const limits = ['--memory', '64m', '--pids-limit', '20'];
  const run = (...args: string[]) =>
    cli.ok(['run', '--rm', '--cgroup-parent', `/${name}/deep`, ...limits, 'busybox', ...args]);
  await cli.ok([
    'run',
    '-d',
    '--name',
    'first',
    '--cgroup-parent',
    `/${name}/deep`,
    ...limits,
    'busybox',
    'sleep',
    '99',
  ]);
  expect(await run('echo', 'one')).toBe('one\n');
  expect(folders().length).toBeGreaterThan(0);
  await cli.ok(['rm', '-f', 'first']);
  expect(folders()).toEqual([]);
});

test('containers that begin while others end in the same parent all start', async () => {
  const lanes = Array.from({ length: 6 }, async (_, lane) => {
    for (let round = 0; round < 6; round++) {
      const out = await cli.ok(['run', '--rm', '--cgroup-parent', `/${name}`, 'busybox', 'echo', `${lane} ${round}`]);
      expect(out).toBe(`${lane} ${round}\n`);
    }
  });
  await Promise.all(lanes);
  expect(folders()).toEqual([]);
});

test('a parent that was there stays', async () => {
  const v1 = join('/sys/fs/cgroup/pids');
  const own = join(existsSync(join(v1, 'cgroup.procs')) ? v1 : '/sys/fs/cgroup', name);
  mkdirSync(own);
  expect(await cli.ok(['run', '--rm', '--cgroup-parent', `/${name}`, 'busybox', 'echo', 'in'])).toBe('in\n');
  expect(folders()).toEqual([own]);
});
