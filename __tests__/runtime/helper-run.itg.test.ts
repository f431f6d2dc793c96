import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { HelperRecord } from '../../src/runtime/helper.ts';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { dev, MS, makeHelper, namespaces, type Outcome, path, proc, runHelper } from './helper-fixture.ts';

const helper = makeHelper();
const scratch = await scratchFolder('run');
const root = makeBusyboxRoot(join(scratch, 'root'));

/** Runs a shell command in a container with all namespaces, /proc and /dev. */
function shell(
  command: string,
  extra: HelperRecord[] = [],
  options: { input?: string; without?: string } = {},
): Promise<Outcome> {
  return runHelper(
    helper,
    'run',
    [
      ...namespaces.filter((ns) => ns[1] !== options.without),
      ['rootfs', root],
      proc,
      ...dev,
      path,
      ['stdio', 'relay'],
      ...extra,
      ['args', '/bin/sh', '-c', command],
    ],
    options,
  );
}

describe('the process', () => {
  test('ends with its own exit code, which is reported', async () => {
    const { code, reports, stdout, stderr } = await shell('echo out; echo err >&2; exit 7');
    expect({ code, stdout, stderr }).toEqual({ code: 7, stdout: 'out\n', stderr: 'err\n' });
    expect(reports.map((report) => report.event)).toEqual(['created', 'started', 'exit']);
    expect(reports[2]).toMatchObject({ exitCode: 7, oomKilled: false, durationMs: expect.any(Number) });
    expect(reports[2]).not.toHaveProperty('signal');
  });

  test('that a signal ends is 128 + signal', async () => {
    const { code, reports } = await shell('kill -9 $$', [['init']]);
    expect(code).toBe(137);
    expect(reports.at(-1)).toMatchObject({ event: 'exit', exitCode: 137 });
  });

  test('gets its arguments, environment, working folder, user and umask', async () => {
    const { stdout } = await shell('id; pwd; umask; echo $GREETING; touch /tmp/made; stat -c %a /tmp/made', [
      ['env', 'GREETING=a b'],
      ['cwd', '/new/folder'],
      ['cwd-create'],
      ['user', 1000, 1000, 2000, 5],
      ['umask', 0o27],
    ]);
    expect(stdout.split('\n')).toEqual([
      'uid=1000(user) gid=1000(user) groups=5(tty),2000(extra)',
      '/new/folder',
      '0027',
      'a b',
      '640',
      '',
    ]);
  });

  test('reads what is relayed to its stdin, up to the end', async () => {
    const input = 'x'.repeat(300_000);
    const { stdout } = await shell('wc -c', [], { input });
    expect(stdout.trim()).toBe('300000');
  });

  test('writes more than any pipe holds', async () => {
    const { stdout } = await shell('head -c 3000000 /dev/zero | tr "\\0" a');
    expect(stdout.length).toBe(3_000_000);
  });

  test('can open its streams by name, as another user too', async () => {
    const { stdout, stderr, code } = await shell(
      'echo a > /dev/stdout; echo b > /dev/stderr; cat /dev/stdin',
      [['user', 1000, 1000]],
      {
        input: 'c',
      },
    );
    expect({ stdout, stderr, code }).toEqual({ stdout: 'a\nc', stderr: 'b\n', code: 0 });
  });

  test('has no descriptor but 0, 1 and 2', async () => {
    // The shell looks at itself without any child: a pipeline would have it hold descriptors of its own.
    const look =
      'f=0; while [ $f -lt 64 ]; do [ -e /proc/self/fd/$f ] && echo $f; f=$((f+1)); done; [ -p /proc/self/fd/1 ]';
    const { stdout, code } = await shell(look);
    expect({ stdout, code }).toEqual({ stdout: '0\n1\n2\n', code: 0 });
  });

  test('without stdio records has the helper’s own streams; stdin alone can be null', async () => {
    const { stdout } = await runHelper(
      helper,
      'run',
      [...namespaces, ['rootfs', root], proc, ...dev, path, ['stdin', 'null'], ['args', 'readlink', '/proc/self/fd/0']],
      {},
    );
    expect(stdout).toBe('/dev/null\n');
  });

  test('that is not there, or cannot be executed, is told apart', async () => {
    mkdirSync(join(root, 'work/folder'), { recursive: true });
    writeFileSync(join(root, 'work/text'), 'x', { mode: 0o644 });
    writeFileSync(join(root, 'work/garbage'), 'x', { mode: 0o755 });
    const attempts: [string, number][] = [
      ['nothing-of-that-name', 2],
      ['/bin/nothing', 2],
      ['/work/text', 13],
      ['/work/folder', 13],
      ['/work/garbage', 8],
    ];
    for (const [program, errno] of attempts) {
      const { code, reports, error } = await runHelper(helper, 'run', [
        ...namespaces,
        ['rootfs', root],
        proc,
        path,
        ['args', program],
      ]);
      expect(code).toBe(71);
      expect(reports.find((report) => report.event === 'exec-failed')).toMatchObject({ errno, call: 'execve' });
      expect(reports.map((report) => report.event)).not.toContain('started');
      expect(error).toMatchObject({ code: 'exec-failed' });
    }
  });

  test('gets its limits and oom score', async () => {
    const { stdout } = await shell('ulimit -n; ulimit -c; cat /proc/self/oom_score_adj', [
      ['rlimit', 7, 512, 512],
      ['rlimit', 4, 0, 0],
      ['oom-score-adj', 300],
    ]);
    expect(stdout.split('\n')).toEqual(['512', '0', '300', '']);
  });
});

describe('namespaces', () => {
  test('are all new', async () => {
    const kinds = ['pid', 'mnt', 'net', 'ipc', 'uts', 'cgroup'];
    const { stdout } = await shell(`for n in ${kinds.join(' ')}; do readlink /proc/self/ns/$n; done; echo $$`);
    const { readlinkSync } = await import('node:fs');
    const lines = stdout.trim().split('\n');
    for (const [i, kind] of kinds.entries()) expect(lines[i]).not.toBe(readlinkSync(`/proc/self/ns/${kind}`));
    expect(lines.at(-1)).toBe('1');
  });

  test('carry host name, domain name and a loopback device', async () => {
    const { stdout } = await shell('hostname; cat /proc/sys/kernel/domainname; ip -o link show lo', [
      ['hostname', 'box'],
      ['domainname', 'example'],
      ['loopback'],
    ]);
    expect(stdout).toMatch(/^box\nexample\n1: lo: <LOOPBACK,UP/);
  });

  test('a time namespace starts with its offsets', async () => {
    const { stdout } = await shell('cut -d. -f1 /proc/uptime', [
      ['ns', 'time'],
      ['time-offset', 'boottime', 86400000, 0],
      ['time-offset', 'monotonic', 86400000, 0],
    ]);
    expect(Number(stdout)).toBeGreaterThan(86_400_000);
  });

  test('kernel parameters are written inside only', async () => {
    const before = readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8');
    const { stdout } = await shell('cat /proc/sys/net/ipv4/ip_unprivileged_port_start /proc/sys/kernel/msgmax', [
      ['sysctl', 'net.ipv4.ip_unprivileged_port_start', '77'],
      ['sysctl', 'kernel/msgmax', '9999'],
    ]);
    expect(stdout).toBe('77\n9999\n');
    expect(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8')).toBe(before);
  });

  test('a path that is no such namespace is refused', async () => {
    const { error } = await shell('true', [['ns', 'network', '/proc/self/ns/uts']], { without: 'network' });
    expect(error?.message).toMatch(/is not a network namespace/);
  });
});

describe('mounts', () => {
  test('nothing of the host is left in the mount table', async () => {
    const { stdout } = await shell('cut -d" " -f5 /proc/self/mountinfo');
    expect(stdout.trim().split('\n').sort()).toEqual(['/', '/dev', '/dev/mqueue', '/dev/pts', '/dev/shm', '/proc']);
  });

  test('binds keep the flags they are given', async () => {
    const source = join(scratch, 'bind');
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, 'file'), 'content');
    const { stdout } = await shell(
      'cat /made/here/file /single; touch /made/here/x; grep -E "/made|/single" /proc/self/mountinfo',
      [
        [
          'mount',
          'bind',
          source,
          '/made/here',
          MS.BIND | MS.REC | MS.RDONLY | MS.NOSUID,
          MS.PRIVATE,
          0,
          0,
          '',
          'create-dir',
        ],
        ['mount', 'bind', join(source, 'file'), '/single', MS.BIND, MS.PRIVATE, 0, 0, '', 'create-file'],
      ],
    );
    expect(stdout).toMatch(/^contentcontent/);
    expect(stdout).toMatch(/ \/made\/here ro,nosuid,relatime - /);
    expect(stdout).toMatch(/ \/single rw,relatime - /);
  });

  test('a destination that leads out of the root by links stays inside', async () => {
    symlinkSync('/../../../outside', join(root, 'work/way-out'));
    const { code, stdout } = await shell('grep -c /outside/sub /proc/self/mountinfo', [
      ['mount', 'tmpfs', 'tmpfs', '/work/way-out/sub', 0, 0, 0, 0, '', 'create-dir'],
    ]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: '1\n' });
    expect(() => readFileSync('/outside')).toThrow(/ENOENT/);
  });

  test('a destination or device that a link of the image leads into /proc is refused', async () => {
    symlinkSync('/proc', join(root, 'work/p'));
    symlinkSync('/proc/self/attr', join(root, 'work/attr'));
    const tmpfs = (dest: string): HelperRecord => ['mount', 'tmpfs', 'tmpfs', dest, 0, 0, 0, 0, ''];
    const bind = (dest: string): HelperRecord => ['mount', 'bind', root, dest, MS.BIND, 0, 0, 0, ''];
    const node: HelperRecord = ['device', '/work/attr/null', 'c', 1, 3, 0o666, 0, 0];
    for (const record of [tmpfs('/work/p'), tmpfs('/work/attr'), bind('/work/p'), bind('/work/p/sys/net'), node]) {
      const { code, error } = await shell('true', [record]);
      expect(code).toBe(70);
      expect(error?.message).toMatch(/it leads into \/proc/);
    }
    // A procfs of its own elsewhere is fine, and a place below the literal /proc too.
    const own: HelperRecord = ['mount', 'proc', 'proc', '/own', 0, MS.PRIVATE, 0, 0, '', 'create-dir'];
    expect((await shell('test -d /own/self', [own, tmpfs('/proc/tty')])).code).toBe(0);
  });

  test('a remount changes what is there', async () => {
    const { stdout } = await shell('touch /tmp/x 2>&1', [
      ['mount', 'tmpfs', 'tmpfs', '/tmp', 0, 0, 0, 0, ''],
      ['mount', '', '', '/tmp', MS.REMOUNT | MS.RDONLY, 0, 0, 0, ''],
    ]);
    expect(stdout).toMatch(/Read-only file system/);
  });

  test('tmpfs can start with what lay below', async () => {
    const { stdout } = await shell('cat /etc/group | head -1; stat -c %a /etc; df -t tmpfs /etc | wc -l', [
      ['mount', 'tmpfs', 'tmpfs', '/etc', 0, 0, 0, 0, 'size=1m', 'copy-up'],
    ]);
    expect(stdout).toBe('root:x:0:\n755\n2\n');
  });

  test('a missing source is an error that names it, or skipped when optional', async () => {
    const record: HelperRecord = ['mount', 'bind', '/no/such/place', '/mnt', MS.BIND, 0, 0, 0, '', 'create-dir'];
    const { error, code } = await shell('true', [record]);
    expect(code).toBe(71);
    expect(error).toMatchObject({
      code: 'helper-failed',
      errnoName: 'ENOENT',
      message: expect.stringMatching('/no/such/place'),
    });
    expect((await shell('true', [[...record, 'optional']])).code).toBe(0);
  });

  test('id-mapped binds show other owners', async () => {
    const source = join(scratch, 'idmap');
    mkdirSync(source, { recursive: true });
    const { stdout } = await shell('stat -c %u:%g /mapped', [
      [
        'mount',
        'bind',
        source,
        '/mapped',
        MS.BIND,
        0,
        0,
        0,
        '',
        'create-dir',
        'idmap',
        'map-uid=0:4000:10',
        'map-gid=0:5000:10',
      ],
    ]);
    expect(stdout).toBe('4000:5000\n');
  });

  test('masks and read-only places cannot be read or written', async () => {
    const { stdout } = await shell(
      'cat /proc/kallsyms | wc -c; ls /proc/tty | wc -l; echo 1 > /proc/sys/kernel/msgmax; grep -c . /proc/self/mountinfo >/dev/null; echo done',
      [
        ['mask', '/proc/kallsyms'],
        ['mask', '/proc/tty'],
        ['mask', '/proc/no-such-file'],
        ['readonly', '/proc/sys'],
        ['readonly', '/no/such/folder'],
      ],
    );
    expect(stdout).toBe('0\n0\ndone\n');
  });

  test('a read-only root', async () => {
    const { stdout } = await shell('touch /x 2>&1; touch /dev/shm/y && echo writable', [['readonly-root']]);
    expect(stdout).toMatch(/Read-only file system\nwritable/);
  });

  test('without pivot_root', async () => {
    expect((await shell('ls / | grep -c bin; cd ..; pwd', [['no-pivot']])).stdout).toBe('1\n/\n');
  });

  test('what is mounted inside is not seen outside', async () => {
    const source = join(scratch, 'shared');
    mkdirSync(source, { recursive: true });
    await shell('mount -t tmpfs t /vol && touch /vol/x', [
      ['mount', 'bind', source, '/vol', MS.BIND | MS.REC, 0, 0, 0, '', 'create-dir'],
    ]);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toMatch(source);
  });
});

describe('an overlay root', () => {
  function layer(name: string, file: string, content: string): string {
    mkdirSync(join(scratch, 'layers', name), { recursive: true });
    writeFileSync(join(scratch, 'layers', name, file), content);
    return join('layers', name);
  }

  test('shows the topmost layer and writes to the upper folder', async () => {
    for (const name of ['upper', 'work', 'target']) mkdirSync(join(scratch, name), { recursive: true });
    const lowers = [layer('top', 'which', 'top'), layer('bottom', 'which', 'bottom'), 'root'];
    const { stdout } = await runHelper(helper, 'run', [
      ...namespaces,
      ['rootfs-overlay', scratch, join(scratch, 'target'), '', 'upper', 'work', ...lowers],
      proc,
      ...dev,
      path,
      ['stdio', 'relay'],
      ['args', 'sh', '-c', 'cat /which; echo new > /which; rm /etc/group'],
    ]);
    expect(stdout).toBe('top');
    expect(readFileSync(join(scratch, 'upper/which'), 'utf8')).toBe('new\n');
    expect(readFileSync(join(scratch, 'root/etc/group'), 'utf8')).toMatch(/root/);
  });

  test('takes 500 lower layers; one more is a clear error', async () => {
    const lowers = Array.from({ length: 499 }, (_, i) => layer(`n${i}`, `f${i}`, String(i)));
    const run = (all: string[]): Promise<Outcome> =>
      runHelper(helper, 'run', [
        ['ns', 'mount'],
        ['ns', 'pid'],
        ['rootfs-overlay', scratch, join(scratch, 'target'), '', '', '', ...all],
        path,
        ['stdio', 'relay'],
        ['args', 'sh', '-c', 'cat /f0 /f498'],
      ]);
    expect((await run([...lowers, 'root'])).stdout).toBe('0498');
    const { code, error } = await run([...lowers, layer('n500', 'f', ''), 'root']);
    expect(code).toBe(72);
    expect(error).toMatchObject({ code: 'kernel-lacks', message: expect.stringMatching(/more than 500 lower layers/) });
  });
});

describe('rights', () => {
  const few = (1n << 0n) | (1n << 10n) | (1n << 13n); // CHOWN, NET_BIND_SERVICE, NET_RAW
  const status = 'grep -E "Cap|NoNewPrivs|Seccomp:" /proc/self/status';

  test('root has exactly the capabilities of the list, none of them inheritable', async () => {
    const { stdout } = await shell(status, [['user', 0, 0], ['caps', few, few, few, 0, 0], ['no-new-privileges']]);
    const mask = few.toString(16).padStart(16, '0');
    expect(stdout.replaceAll('\t', ' ').split('\n')).toEqual([
      `CapInh: ${'0'.repeat(16)}`,
      `CapPrm: ${mask}`,
      `CapEff: ${mask}`,
      `CapBnd: ${mask}`,
      `CapAmb: ${'0'.repeat(16)}`,
      'NoNewPrivs: 1',
      'Seccomp: 0',
      '',
    ]);
  });

  test('another user has them in the bounding set only, or as ambient ones', async () => {
    const bounded = await shell(status, [
      ['user', 1000, 1000],
      ['caps', few, few, few, 0, 0],
    ]);
    expect(bounded.stdout).toMatch(/CapPrm:\t0000000000000000\nCapEff:\t0000000000000000\nCapBnd:\t0000000000002401/);
    const one = 1n << 10n;
    const ambient = await shell(status, [
      ['user', 1000, 1000],
      ['caps', few, one, one, one, one],
    ]);
    expect(ambient.stdout).toMatch(
      /CapPrm:\t0000000000000400\nCapEff:\t0000000000000400\n.*\nCapAmb:\t0000000000000400/,
    );
  });

  /** Answers `errno` for one system call and allows all others. */
  function deny(number: number, errno: number): Buffer {
    const program = [
      [0x20, 0, 0, 0],
      [0x15, 0, 1, number],
      [0x06, 0, 0, 0x00050000 + errno],
      [0x06, 0, 0, 0x7fff0000],
    ];
    const bytes = Buffer.alloc(program.length * 8);
    for (const [i, [code, jt, jf, k]] of program.entries()) {
      bytes.writeUInt16LE(code!, i * 8);
      bytes[i * 8 + 2] = jt!;
      bytes[i * 8 + 3] = jf!;
      bytes.writeUInt32LE(k!, i * 8 + 4);
    }
    return bytes;
  }
  const uname = process.arch === 'arm64' ? 160 : 63;

  test.each([
    ['with', true],
    ['without', false],
  ])('a seccomp filter works %s no_new_privs', async (_word, nnp) => {
    const { stdout, code } = await shell('uname 2>&1; grep Seccomp: /proc/self/status', [
      ['seccomp', 0, deny(uname, 38)],
      ...(nnp ? ([['no-new-privileges']] as HelperRecord[]) : []),
    ]);
    expect(stdout).toMatch(/Function not implemented|Seccomp:\t2/);
    expect(stdout).toMatch(/Seccomp:\t2/);
    expect(code).toBe(0);
  });

  test('a filter that the kernel refuses is an error', async () => {
    const { error } = await shell('true', [['seccomp', 0, Buffer.alloc(8, 0xff)], ['no-new-privileges']]);
    expect(error).toMatchObject({ code: 'helper-failed', call: 'seccomp', errnoName: 'EINVAL' });
  });
});

describe('the owner', () => {
  test('closing the control stream kills the container', async () => {
    const controller = new AbortController();
    const started = Date.now();
    const run = runHelper(helper, 'run', [...namespaces, ['rootfs', root], proc, path, ['args', 'sleep', '100']], {
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 100);
    const { code } = await run;
    expect(code).toBe(137);
    expect(Date.now() - started).toBeLessThan(5000);
  });

  test('signals go to the first process', async () => {
    const child = helper.spawn(
      'run',
      [
        ...namespaces,
        ['rootfs', root],
        proc,
        ...dev,
        path,
        ['stdio', 'relay'],
        ['args', 'sh', '-c', 'trap "exit 3" TERM; echo up; while :; do sleep 0.01; done'],
      ],
      { stdio: { stdin: 'null', stdout: 'pipe', stderr: 'null' } },
    );
    child.stdout?.once('data', () => child.control('signal 15'));
    expect(await child.exited).toEqual({ code: 3, signal: null });
  });

  test('the tiny init hands signals on and reaps', async () => {
    const child = helper.spawn(
      'run',
      [
        ...namespaces,
        ['rootfs', root],
        proc,
        ...dev,
        path,
        ['stdio', 'relay'],
        ['init'],
        ['args', 'sh', '-c', 'trap "exit 4" TERM; (sleep 0.01 &); echo $$; while :; do sleep 0.01; done'],
      ],
      { stdio: { stdin: 'null', stdout: 'pipe', stderr: 'null' } },
    );
    child.stdout?.once('data', (line) => {
      expect(Number(line)).toBeGreaterThan(1);
      setTimeout(() => child.control('signal 15'), 50);
    });
    expect(await child.exited).toEqual({ code: 4, signal: null });
  });
});

describe('a terminal', () => {
  test('is the container’s own, of the given size, and can be resized', async () => {
    const child = helper.spawn(
      'run',
      [
        ...namespaces,
        ['rootfs', root],
        proc,
        ...dev,
        path,
        ['stdio', 'pty'],
        ['console-size', 30, 100],
        ['dev-console'],
        [
          'args',
          'sh',
          '-c',
          'stty size; tty; ls -l /dev/console | cut -c1-10; read line; stty size; test -t 0 && test -t 2 && echo terminal',
        ],
      ],
      { stdio: { stdin: 'pipe', stdout: 'pipe', stderr: 'null' } },
    );
    let output = '';
    let asked = false;
    child.stdout?.on('data', (chunk) => {
      output += chunk;
      if (!asked && output.includes('crw')) {
        asked = true;
        child.control('resize 50 120');
        setTimeout(() => child.stdin?.write('go\n'), 100);
      }
    });
    expect((await child.exited).code).toBe(0);
    expect(output.replaceAll('\r', '').split('\n')).toEqual([
      '30 100',
      '/dev/pts/0',
      'crw--w----',
      'go',
      '50 120',
      'terminal',
      '',
    ]);
  });
});
