import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseArguments } from '../../../src/cli/arguments.ts';
import { command } from '../../../src/cli/commands/run.ts';
import { containerOptions } from '../../../src/cli/container/options.ts';
import { scratchFolder } from '../../helpers/scratch.ts';

const cwd = await scratchFolder('options');

async function options(...argv: string[]) {
  const parsed = parseArguments(command, [...argv, 'image', 'cmd']);
  if (parsed.help) throw new Error('help');
  const [, ...words] = parsed.arguments.positional;
  return containerOptions(parsed.arguments, words, { cwd, env: { MINE: 'me' }, home: '/home/u' });
}

describe('flags of run', () => {
  test('what is not given is not recorded', async () => {
    expect(await options()).toEqual({ command: ['cmd'] });
  });

  test('environment: values, the caller’s, files first', async () => {
    await writeFile(join(cwd, 'env'), '# comment\nA=1\n\nMINE\nB= x \n');
    expect((await options('--env-file', 'env', '-e', 'A=2', '-e', 'MINE', '-e', 'GONE')).env).toEqual([
      'A=1',
      'MINE=me',
      'B= x ',
      'A=2',
      'MINE=me',
      'GONE',
    ]);
  });

  test('limits, ulimits and sizes', async () => {
    const { limits, ulimits, shmSize } = await options(
      '-m',
      '512m',
      '--memory-swap=1g',
      '--cpus',
      '1.5',
      '--pids-limit',
      '50',
      '--ulimit',
      'nofile=10:20',
      '--shm-size',
      '1m',
    );
    expect(limits).toEqual({ memory: 2 ** 29, memorySwap: 2 ** 30, cpus: 1.5, pids: 50 });
    expect(ulimits).toEqual([{ type: 'RLIMIT_NOFILE', soft: 10, hard: 20 }]);
    expect(shmSize).toBe(2 ** 20);
  });

  test('security options', async () => {
    await writeFile(join(cwd, 'profile.json'), '{"defaultAction":"SCMP_ACT_ALLOW"}');
    const { security } = await options(
      '--security-opt',
      'seccomp=profile.json',
      '--security-opt',
      'no-new-privileges',
      '--security-opt',
      'label=disable',
      '--security-opt',
      'apparmor=unconfined',
    );
    expect(security).toEqual({
      seccomp: { defaultAction: 'SCMP_ACT_ALLOW' },
      noNewPrivileges: true,
      apparmor: 'unconfined',
    });
  });

  test('health checks', async () => {
    const { health } = await options('--health-cmd', 'true', '--health-interval', '1m30s', '--health-retries', '2');
    expect(health).toEqual({ Test: ['CMD-SHELL', 'true'], Interval: 90e9, Retries: 2 });
    expect((await options('--no-healthcheck')).health).toEqual({ Test: ['NONE'] });
  });

  test.each([
    [['--network', 'web'], /named networks come with a later version/],
    [['-p', '80:80'], /published ports come with a later version/],
    [['--restart', 'always'], /restart policies come with a later version/],
    [['--env-file', 'none'], /cannot read .*none/],
    [['-w', 'relative'], /absolute path/],
    [['--ulimit', 'nofiles=1'], /unknown limit "nofiles" \(did you mean nofile\?\)/],
    [['--ulimit', 'nofile=3:2'], /soft limit 3 is above the hard limit 2/],
    [['-m', 'lots'], /--memory: expected a size such as 512m/],
    [['--stop-signal', 'TERMM'], /expected a signal/],
    [['--health-cmd', 'x', '--no-healthcheck'], /contradict/],
    [['--security-opt', 'seccomp=missing.json'], /cannot read/],
    [['--device', 'null'], /--device: expected/],
    [['--add-host', 'x'], /--add-host: expected NAME:ADDRESS/],
    [['--pid', 'other'], /--pid: expected/],
  ])('%j is refused', async (argv, message) => {
    await expect(options(...argv)).rejects.toThrow(message);
  });
});
