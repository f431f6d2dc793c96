// Runs inside a machine with an older kernel (helper-old-kernel.itg.test.ts); the last argument is the results' file.
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HelperRecord } from '../../src/runtime/helper.ts';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { makeScratch } from '../helpers/make-scratch.ts';
import { dev, makeHelper, namespaces, path, proc, runHelper, startTime } from './helper-fixture.ts';

const results = process.argv.at(-1)!;
const helper = makeHelper();
const scratch = makeScratch('old');
makeBusyboxRoot(join(scratch, 'root'));
for (const name of ['top', 'upper', 'work', 'target']) mkdirSync(join(scratch, name));
writeFileSync(join(scratch, 'top/which'), 'top');

function tell(name: string, value: object): void {
  appendFileSync(results, `${JSON.stringify({ name, ...value })}\n`);
}

const overlay = (...lowers: string[]): HelperRecord => [
  'rootfs-overlay',
  scratch,
  join(scratch, 'target'),
  '',
  'upper',
  'work',
  ...lowers,
];
const group = '/sys/fs/cgroup/old-kernel';
const limits: HelperRecord[] = [
  ['cgroup-dir', group],
  ['cgroup-write', join(group, 'pids.max'), 40],
  ['cgroup-write', join(group, 'memory.max'), 48 << 20],
  ['cgroup-write', join(group, 'memory.swap.max'), 0, 'optional'],
  ['cgroup-join', join(group, 'cgroup.procs')],
  ['cgroup-kill', join(group, 'cgroup.kill')],
  ['cgroup-stats', 'oom-v2', join(group, 'memory.events')],
  ['cgroup-stats', 'cpu-usec', join(group, 'cpu.stat')],
];
const common: HelperRecord[] = [
  ...namespaces,
  proc,
  ...dev,
  ['mask', '/proc/kallsyms'],
  ['mask', '/proc/tty'],
  ['readonly', '/proc/sys'],
  path,
  ['stdio', 'relay'],
];

tell('probe', (await runHelper(helper, 'probe', [])).reports[0] ?? {});

const plain = await runHelper(helper, 'run', [
  ...common,
  ...limits,
  overlay('top', 'root'),
  [
    'args',
    'sh',
    '-c',
    'cat /which; echo; cat /proc/self/cgroup; wc -c < /proc/kallsyms; ls /proc/tty | wc -l; echo new > /new',
  ],
]);
tell('overlay', { ...plain, upper: readFileSync(join(scratch, 'upper/new'), 'utf8') });

const oom = await runHelper(helper, 'run', [
  ...common,
  ...limits,
  ['rootfs', join(scratch, 'root')],
  ['args', 'sh', '-c', 'exec tail /dev/zero'],
]);
tell('oom', { code: oom.code, report: oom.reports.at(-1) });

const many = Array.from({ length: 400 }, (_, i) => `a-layer-with-quite-a-long-name-${i}`);
for (const name of many) mkdirSync(join(scratch, name));
tell('many', await runHelper(helper, 'run', [...common, overlay(...many, 'root'), ['args', 'true']]));

const sleeper = helper.spawn('run', [...common, ['rootfs', join(scratch, 'root')], ['args', 'sleep', '1000']], {
  stdio: { stdin: 'null', stdout: 'null', stderr: 'null' },
});
for await (const report of sleeper.reports) {
  if (report.event !== 'started') continue;
  const pid = Number(report.pid);
  tell(
    'exec',
    await runHelper(helper, 'exec', [
      ['join-pid', pid, startTime(pid)],
      path,
      ['stdio', 'pty'],
      ['args', 'sh', '-c', 'tty; ps -o args | grep -c ^sleep'],
    ]),
  );
  sleeper.release();
}
tell('killed', { ...(await sleeper.exited) });
