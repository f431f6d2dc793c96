import { mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { HelperProcess, HelperRecord } from '../../src/runtime/helper.ts';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import {
  dev,
  isAlive,
  makeHelper,
  namespaces,
  type Outcome,
  path,
  proc,
  runHelper,
  startTime,
} from './helper-fixture.ts';

const helper = makeHelper();
const scratch = await scratchFolder('exec');
const root = makeBusyboxRoot(join(scratch, 'root'));
let running: { process: HelperProcess; pid: number };

/** A container that sleeps. */
async function sleeper(extra: HelperRecord[] = []): Promise<{ process: HelperProcess; pid: number }> {
  const process = helper.spawn(
    'run',
    [...namespaces, ['rootfs', root], proc, ...dev, path, ['hostname', 'target'], ...extra, ['args', 'sleep', '1000']],
    { stdio: { stdin: 'null', stdout: 'null', stderr: 'inherit' } },
  );
  for await (const report of process.reports) {
    if (report.event === 'started') return { process, pid: Number(report.pid) };
  }
  throw process.failure();
}

function exec(args: string[], extra: HelperRecord[] = [], input = ''): Promise<Outcome> {
  const join: HelperRecord = ['join-pid', running.pid, startTime(running.pid)];
  return runHelper(helper, 'exec', [join, path, ['stdio', 'relay'], ...extra, ['args', ...args]], { input });
}

describe('exec', () => {
  beforeAll(async () => {
    running = await sleeper();
  });

  afterAll(async () => {
    running.process.release();
    await running.process.exited;
  });

  test('runs in the container’s namespaces and root', async () => {
    const { stdout, code, reports } = await exec(['sh', '-c', 'hostname; ls /; ps -o pid,args; exit 9']);
    expect(code).toBe(9);
    expect(stdout).toMatch(/^target\nbin\n/);
    expect(stdout).toMatch(/1 sleep 1000/);
    expect(reports.map((report) => report.event).filter((event) => event !== 'created')).toEqual(['started', 'exit']);
    for (const kind of ['pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup']) {
      const inside = await exec(['readlink', `/proc/self/ns/${kind}`]);
      const first = await exec(['readlink', `/proc/1/ns/${kind}`]);
      expect(inside.stdout).toBe(first.stdout);
    }
  });

  test('has the user, rights and streams that it is given', async () => {
    const { stdout } = await exec(
      ['sh', '-c', 'id -u; grep -E "CapBnd|NoNew" /proc/self/status; cat; ls /proc/$$/fd | tr "\\n" " "'],
      [['user', 1000, 1000], ['caps', 1, 0, 0, 0, 0], ['no-new-privileges']],
      'typed\n',
    );
    expect(stdout).toBe('1000\nCapBnd:\t0000000000000001\nNoNewPrivs:\t1\ntyped\n0 1 2 ');
  });

  test('on a terminal of the container', async () => {
    const { stdout } = await exec(
      ['sh', '-c', 'tty; stty size'],
      [
        ['stdio', 'pty'],
        ['console-size', 11, 22],
      ],
    );
    expect(stdout.replaceAll('\r', '')).toMatch(/^\/dev\/pts\/\d+\n11 22\n/);
  });

  test('of a program that is not there', async () => {
    const { code, error } = await exec(['no-such-program']);
    expect(code).toBe(71);
    expect(error).toMatchObject({ code: 'exec-failed' });
  });

  test('refuses a process number that another process has now', async () => {
    const { code, error } = await runHelper(helper, 'exec', [['join-pid', running.pid, 12345], path, ['args', 'true']]);
    expect(code).toBe(71);
    expect(error).toMatchObject({ errnoName: 'ESRCH', message: expect.stringMatching(/another process/) });
  });

  test('detached, it leaves the process behind', async () => {
    const { code, reports } = await exec(['sleep', '1000'], [['stdio', 'null'], ['detach']]);
    expect(code).toBe(0);
    expect(reports).toEqual([{ event: 'started', pid: expect.any(Number) }]);
    expect(isAlive(Number(reports[0]?.pid))).toBe(true);
  });

  test('dies with the container', async () => {
    const other = await sleeper();
    const child = runHelper(helper, 'exec', [
      ['join-pid', other.pid, startTime(other.pid)],
      path,
      ['args', 'sleep', '1000'],
    ]);
    await new Promise((resolve) => setTimeout(resolve, 50));
    other.process.release();
    expect((await child).code).toBe(137);
    await other.process.exited;
  });
});

describe('the helper’s own binary', () => {
  test('is a sealed copy that nobody can write', async () => {
    const container = await sleeper([['mount', 'bind', scratch, '/mnt', 0x1000, 0, 0, 0, '', 'create-dir']]);
    running = container;
    try {
      // What a container would find behind /proc/PID/exe of the process that enters it: run it by that name.
      const { reports, code } = await exec(['/proc/self/exe', '--version']);
      expect(code === 0 || reports.some((report) => report.event === 'exec-failed')).toBe(true);
      const exe = readFileSync(`/proc/${container.process.pid}/maps`, 'utf8');
      expect(exe).toMatch(/memfd:containerize-helper/);
    } finally {
      container.process.release();
      await container.process.exited;
    }
  });

  test('survives a container that overwrites /proc/self/exe', async () => {
    const before = statSync(helper.binary);
    const { stdout } = await runHelper(helper, 'run', [
      ...namespaces,
      ['rootfs', root],
      proc,
      path,
      ['stdio', 'relay'],
      ['args', 'sh', '-c', 'for p in /proc/[0-9]*/exe; do echo x 2>/dev/null >> $p; done; echo tried'],
    ]);
    expect(stdout).toBe('tried\n');
    expect(statSync(helper.binary)).toMatchObject({ size: before.size, mtimeMs: before.mtimeMs });
  });
});

describe('create', () => {
  let folder: string;
  let pid = 0;

  beforeAll(() => {
    folder = join(scratch, 'create');
    mkdirSync(folder);
  });

  afterEach(() => {
    if (pid > 0 && isAlive(pid)) process.kill(pid, 'SIGKILL');
    rmSync(join(folder, 'fifo'), { force: true });
  });

  function records(args: string[], extra: HelperRecord[] = []): HelperRecord[] {
    return [
      ...namespaces,
      ['rootfs', root],
      proc,
      ...dev,
      path,
      ['mount', 'bind', folder, '/mnt', 0x1000, 0, 0, 0, '', 'create-dir'],
      ['start-fifo', join(folder, 'fifo')],
      ['stdio', 'null'],
      ...extra,
      ['args', ...args],
    ];
  }

  test('leaves a process that waits for the start, without an ancestor of ours', async () => {
    const { code, reports } = await runHelper(helper, 'create', records(['sh', '-c', 'echo ran > /mnt/out']));
    expect(code).toBe(0);
    expect(reports.map((report) => report.event)).toEqual(['created']);
    pid = Number(reports[0]?.pid);
    expect(isAlive(pid)).toBe(true);
    const parent = Number(/PPid:\t(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
    expect(parent).not.toBe(process.pid);
    expect(readFileSync(`/proc/${parent}/cmdline`, 'utf8')).not.toMatch(/containerize-helper/);
    const { open } = await import('node:fs/promises');
    const { constants } = await import('node:fs');
    const fifo = await open(join(folder, 'fifo'), constants.O_WRONLY | constants.O_NONBLOCK);
    await fifo.write('s');
    await fifo.close();
    for (let i = 0; i < 200 && isAlive(pid); i++) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('ran\n');
  });

  test('fails when the program is not there, and leaves nothing', async () => {
    const { code, error } = await runHelper(helper, 'create', records(['no-such-program']));
    expect(code).toBe(71);
    expect(error).toMatchObject({ code: 'exec-failed' });
  });

  test('needs a console socket for a terminal', async () => {
    const { code, error } = await runHelper(helper, 'create', [
      ...records(['sh']).filter((record) => record[0] !== 'stdio'),
      ['stdio', 'pty'],
    ]);
    expect(code).toBe(70);
    expect(error?.message).toMatch(/console-socket/);
  });
});

describe('hooks', () => {
  const state = ['{"pid":', '}'];

  test('run at their stages, with the state on stdin', async () => {
    const made = join(scratch, 'hook-out');
    const { code, stdout } = await runHelper(helper, 'run', [
      ...namespaces,
      ['rootfs', root],
      proc,
      path,
      ['stdio', 'relay'],
      ['hook', 'createContainer', '/bin/sh', 5, ...state, 3, 'sh', '-c', `cat > ${made}; echo $X >> ${made}`, 'X=env'],
      ['hook', 'startContainer', '/bin/sh', 5, ...state, 3, 'sh', '-c', 'cat > /work/started'],
      ['args', 'sh', '-c', 'cat /work/started'],
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\{"pid":\d+\}$/);
    expect(readFileSync(made, 'utf8')).toBe(`${stdout}env\n`);
  });

  test('that fail or hang stop the start', async () => {
    const attempt = (timeout: number, command: string): Promise<Outcome> =>
      runHelper(helper, 'run', [
        ...namespaces,
        ['rootfs', root],
        path,
        ['hook', 'createContainer', '/bin/sh', timeout, ...state, 3, 'sh', '-c', command],
        ['args', 'true'],
      ]);
    expect((await attempt(0, 'exit 3')).error?.message).toMatch(/failed with exit status 3/);
    expect((await attempt(1, 'sleep 60')).error).toMatchObject({ errnoName: 'ETIMEDOUT' });
  });

  test('of the runtime run while the container waits', async () => {
    const child = helper.spawn(
      'run',
      [...namespaces, ['rootfs', root], proc, path, ['pause-hooks'], ['args', 'true']],
      {
        stdio: { stdin: 'null', stdout: 'null', stderr: 'null' },
      },
    );
    const events: string[] = [];
    for await (const report of child.reports) {
      events.push(report.event);
      if (report.event !== 'namespaces') continue;
      expect(isAlive(Number(report.pid))).toBe(true);
      child.control('go');
    }
    expect(events).toEqual(['namespaces', 'created', 'started', 'exit']);
    expect((await child.exited).code).toBe(0);
  });
});
