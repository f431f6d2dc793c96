/**
 * The container commands on a machine with cgroup v2 alone. Runs inside a virtual machine (see cgroup-v2.itg.test.ts) and
 * appends one JSON line a fact to the file named last; the test on the outside looks at them.
 */
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { busyboxImage } from '../helpers/busybox-image.ts';
import { CommandLine } from '../helpers/command-line.ts';

const results = process.argv.at(-1)!;

async function fact(name: string, find: () => unknown): Promise<void> {
  const began = Date.now();
  let value: unknown;
  try {
    value = await find();
  } catch (error) {
    value = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  appendFileSync(results, `${JSON.stringify({ name, value, ms: Date.now() - began })}\n`);
}

const cli = new CommandLine(mkdtempSync(join(process.env.CONTAINERIZE_TEST_TMP ?? '/dev/shm', 'v2-')));
const engine = await cli.engine;
const image = await busyboxImage(await engine.content());
await (await engine.refs()).set('docker.io/library/busybox:latest', image.descriptor);

const run = async (...words: string[]) => {
  const { code, stdout, stderr } = await cli.run(['run', '--rm', '--network', 'none', ...words]);
  return { code, stdout: stdout.trim(), stderr: stderr.trim() };
};
const inspect = async (name: string, format: string) =>
  JSON.parse(await cli.ok(['inspect', '--format', `{{json ${format}}}`, name]));

await fact('limits', () =>
  run(
    ...[
      '--memory',
      '64m',
      '--memory-swap',
      '64m',
      '--memory-reservation',
      '32m',
      '--cpus',
      '0.5',
      '--cpu-shares',
      '2048',
    ],
    ...['--pids-limit', '30', '--cpuset-cpus', '1', '--blkio-weight', '300', 'busybox', 'sh', '-c'],
    'cd /sys/fs/cgroup; cat memory.max memory.swap.max memory.low cpu.max cpu.weight pids.max cpuset.cpus cpuset.cpus.effective; cat /proc/self/cgroup',
  ),
);
await fact('oom', async () => {
  const hungry = 'head -c 200m /dev/zero | tail -c 150m | wc -c';
  await cli.ok([
    'run',
    '-d',
    '--name',
    'oom',
    '--memory',
    '32m',
    '--memory-swap',
    '32m',
    'busybox',
    'tail',
    '-c',
    '150m',
    '/dev/zero',
  ]);
  const code = (await cli.ok(['wait', 'oom'])).trim();
  const state = await inspect('oom', '.State');
  await cli.ok(['rm', 'oom']);
  const foreground = await run('--memory', '32m', '--memory-swap', '32m', 'busybox', 'tail', '-c', '150m', '/dev/zero');
  const child = await run(
    '--memory',
    '32m',
    '--memory-swap',
    '32m',
    'busybox',
    'sh',
    '-c',
    `${hungry} >/dev/null; echo alive`,
  );
  return { code, oomKilled: state.OOMKilled, exitCode: state.ExitCode, foreground, child };
});
await fact('living', async () => {
  const loop = 'while :; do cat /sys/fs/cgroup/cgroup.procs >/dev/null; sleep 0.1; done & sleep 1000 & wait';
  await cli.ok(['run', '-d', '--name', 'one', '--network', 'none', '--memory', '128m', 'busybox', 'sh', '-c', loop]);
  const pid = await inspect('one', '.State.Pid');
  const cgroup = readFileSync(`/proc/${pid}/cgroup`, 'utf8').trim().slice(3);
  const folder = join('/sys/fs/cgroup', cgroup);
  const stats = JSON.parse(await cli.ok(['stats', '--no-stream', '--format', '{{json .}}', 'one']));
  const top = await cli.ok(['top', 'one']);
  const executed = (await cli.ok(['exec', 'one', 'cat', '/proc/self/cgroup'])).trim();
  await cli.ok(['pause', 'one']);
  const frozen = readFileSync(join(folder, 'cgroup.events'), 'utf8').includes('frozen 1');
  const paused = await inspect('one', '.State.Status');
  const ps = (await cli.ok(['ps', '--format', '{{.Status}}'])).trim();
  const intoPaused = await cli.run(['exec', 'one', 'true']);
  await cli.ok(['unpause', 'one']);
  const updated = await cli.run([
    'update',
    '--memory',
    '96m',
    '--memory-swap',
    '96m',
    '--cpus',
    '0.25',
    '--pids-limit',
    '44',
    'one',
  ]);
  const files = ['memory.max', 'cpu.max', 'pids.max'].map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const kept = await inspect('one', '.HostConfig.Memory');
  await cli.ok(['pause', 'one']);
  const stopped = await cli.run(['stop', '-t', '1', 'one']);
  await sleep(100);
  const state = await inspect('one', '.State');
  const left = existsSync(folder);
  await cli.ok(['start', 'one']);
  const again = readFileSync(
    join(
      '/sys/fs/cgroup',
      readFileSync(`/proc/${await inspect('one', '.State.Pid')}/cgroup`, 'utf8')
        .trim()
        .slice(3),
      'memory.max',
    ),
    'utf8',
  ).trim();
  await cli.ok(['rm', '-f', 'one']);
  return {
    cgroup,
    stats,
    top,
    executed,
    frozen,
    paused,
    ps,
    intoPaused,
    updated,
    files,
    kept,
    stopped,
    state,
    left,
    again,
  };
});
// a device that does no harm, and that nobody has by default
const OPEN = 'if (: < $1) 2>/dev/null; then echo open; else echo denied; fi';
const opens = (path: string, ...flags: string[]) =>
  run(...flags, 'busybox', 'sh', '-c', `[ -e ${path} ] || mknod ${path} c 10 200; ${OPEN}`, 'sh', path);
await fact('devices', async () => ({
  denied: (await opens('/tun')).stdout,
  given: (await opens('/dev/net/tun', '--device', '/dev/net/tun')).stdout,
  rule: (await opens('/tun', '--device-cgroup-rule', 'c 10:200 rwm')).stdout,
  privileged: (await opens('/dev/net/tun', '--privileged')).stdout,
  ordinary: (await opens('/dev/zero')).stdout,
}));
await fact('info', async () => JSON.parse(await cli.ok(['system', 'info', '--format', 'json'])));
await fact('apparmor', async () => {
  const enabled = existsSync('/sys/module/apparmor/parameters/enabled')
    ? readFileSync('/sys/module/apparmor/parameters/enabled', 'utf8').trim()
    : 'absent';
  const sysctl = '/proc/sys/kernel/apparmor_restrict_unprivileged_userns';
  return {
    enabled,
    restrict: existsSync(sysctl) ? readFileSync(sysctl, 'utf8').trim() : 'absent',
    label: await run('busybox', 'cat', '/proc/self/attr/current'),
    unconfined: await run('--security-opt', 'apparmor=unconfined', 'busybox', 'cat', '/proc/self/attr/current'),
    unknown: await run('--security-opt', 'apparmor=no-such-profile', 'busybox', 'cat', '/proc/self/attr/current'),
  };
});
await fact('host cgroup namespace', () => run('--cgroupns', 'host', 'busybox', 'cat', '/proc/self/cgroup'));
await fact('parent', () =>
  run('--cgroup-parent', '/mine', '--cgroupns', 'host', 'busybox', 'cat', '/proc/self/cgroup'),
);
await fact('left', () =>
  readdirSync('/sys/fs/cgroup', { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name)),
);
