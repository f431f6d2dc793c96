import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { chownSync, copyFileSync, existsSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeRecords, type HelperRecord } from '../../src/runtime/helper.ts';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { dev, helperBinary, makeHelper, namespaces, path, proc, runHelper, startTime } from './helper-fixture.ts';

const helper = makeHelper();
const scratch = await scratchFolder('userns');
const root = makeBusyboxRoot(join(scratch, 'root'));

const user: HelperRecord[] = [
  ['ns', 'user'],
  ['uid-map', 0, 100_000, 65_536],
  ['gid-map', 0, 100_000, 65_536],
];

describe('a container with a user namespace, started by root', () => {
  test('is root inside and somebody else outside', async () => {
    const { stdout, code } = await runHelper(helper, 'run', [
      ...namespaces,
      ...user,
      ['rootfs', root],
      proc,
      ...dev,
      path,
      ['stdio', 'relay'],
      ['rlimit', 7, 300, 300],
      ['user', 1000, 1000],
      [
        'args',
        'sh',
        '-c',
        'id -u; cat /proc/self/uid_map; ulimit -n; echo x > /dev/null && ls -ln /dev/null | cut -c1-10',
      ],
    ]);
    expect(code).toBe(0);
    expect(stdout.replaceAll(/ +/g, ' ')).toBe('1000\n 0 100000 65536\n300\ncrw-rw-rw-\n');
  });

  test('sees id-mapped sources as its own', async () => {
    const source = join(scratch, 'source');
    mkdirSync(source);
    writeFileSync(join(source, 'file'), 'x');
    const bind = (...options: string[]): HelperRecord => [
      'mount',
      'bind',
      source,
      '/mnt',
      0x1000,
      0,
      0,
      0,
      '',
      'create-dir',
      ...options,
    ];
    const owner = async (mount: HelperRecord): Promise<string> =>
      (
        await runHelper(helper, 'run', [
          ...namespaces,
          ...user,
          ['rootfs', root],
          mount,
          path,
          ['stdio', 'relay'],
          ['args', 'stat', '-c', '%u', '/mnt/file'],
        ])
      ).stdout;
    mkdirSync(join(root, 'mnt'), { recursive: true });
    expect(await owner(bind())).toBe('65534\n');
    expect(await owner(bind('idmap'))).toBe('0\n');
  });

  test('can be joined by another container and by exec', async () => {
    const first = helper.spawn(
      'run',
      [...namespaces, ...user, ['rootfs', root], proc, path, ['args', 'sleep', '1000']],
      {
        stdio: { stdin: 'null', stdout: 'null', stderr: 'inherit' },
      },
    );
    let pid = 0;
    for await (const report of first.reports) {
      if (report.event !== 'started') continue;
      pid = Number(report.pid);
      break;
    }
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!;
      const inside = await runHelper(helper, 'exec', [
        ['join-pid', pid, start],
        path,
        ['stdio', 'relay'],
        ['args', 'sh', '-c', 'id -u; cat /proc/self/uid_map'],
      ]);
      expect(inside.stdout.replaceAll(/ +/g, ' ')).toBe('0\n 0 100000 65536\n');
      const other = await runHelper(helper, 'run', [
        ['ns', 'mount'],
        ['ns', 'pid'],
        ['ns', 'user', `/proc/${pid}/ns/user`],
        ['rootfs', root],
        proc,
        path,
        ['stdio', 'relay'],
        ['args', 'sh', '-c', 'id -u; echo $$; cat /proc/self/uid_map'],
      ]);
      expect(other.error).toBeUndefined();
      expect(other.stdout.replaceAll(/ +/g, ' ')).toBe('0\n1\n 0 100000 65536\n');
    } finally {
      first.release();
      await first.exited;
    }
  });
});

describe('a user without rights', () => {
  const uid = 61_234;
  const name = 'containerize-test';
  let folder: string;
  let made = false;

  beforeAll(() => {
    folder = join(scratch, 'home');
    mkdirSync(folder, { recursive: true });
    chownSync(folder, uid, uid);
    copyFileSync(helperBinary, join(folder, 'helper'));
    if (existsSync('/usr/bin/newuidmap')) {
      execFileSync('groupadd', ['--gid', String(uid), name], { stdio: 'ignore' });
      const ids = ['--uid', String(uid), '--gid', String(uid)];
      execFileSync('useradd', [...ids, '--no-create-home', '--no-log-init', name], { stdio: 'ignore' });
      made = true;
      execFileSync('usermod', ['--add-subuids', '300000-365535', '--add-subgids', '300000-365535', name]);
    }
  });

  afterAll(() => {
    // The group of the same name goes with the user.
    if (made) execFileSync('userdel', [name], { stdio: 'ignore' });
  });

  /** The helper as that user, its reports on stderr’s side. */
  function asUser(mode: string, records: HelperRecord[]): { status: number | null; stdout: string; stderr: string } {
    const config = join(folder, `config-${Math.random()}`);
    writeFileSync(config, encodeRecords(records));
    const { status, stdout, stderr } = spawnSync(
      '/bin/sh',
      ['-c', `exec ${join(folder, 'helper')} ${mode} --config 3 --report 2 3<${config}`],
      { uid, gid: uid, encoding: 'utf8', cwd: '/' },
    );
    return { status, stdout, stderr };
  }

  const single: HelperRecord[] = [
    ['uid-map', 0, uid, 1],
    ['gid-map', 0, uid, 1],
    ['setgroups', 'deny'],
  ];

  test('becomes root of a user namespace with one id', () => {
    const { stdout, status } = asUser('userns', [
      ...single,
      ['args', '/bin/busybox', 'sh', '-c', 'id -u; mount -t tmpfs t /mnt && echo mounted'],
    ]);
    expect({ stdout, status }).toEqual({ stdout: '0\nmounted\n', status: 0 });
  });

  test('or with many, by newuidmap', () => {
    if (!made) return expect(existsSync('/usr/bin/newuidmap')).toBe(false); // needs the package uidmap
    const { stdout, status, stderr } = asUser('userns', [
      ['uid-map', 0, uid, 1],
      ['uid-map', 1, 300_000, 65_536],
      ['gid-map', 0, uid, 1],
      ['gid-map', 1, 300_000, 65_536],
      ['newuidmap', '/usr/bin/newuidmap'],
      ['newgidmap', '/usr/bin/newgidmap'],
      ['args', '/bin/busybox', 'sh', '-c', 'id -u; cat /proc/self/uid_map'],
    ]);
    expect(stderr).not.toMatch(/"event":"error"/);
    expect({ stdout: stdout.replaceAll(/ +/g, ' '), status }).toEqual({
      stdout: `0\n 0 ${uid} 1\n 1 300000 65536\n`,
      status: 0,
    });
  });

  test('enters the user namespace of an earlier command', async () => {
    const config = join(folder, 'sleeper');
    writeFileSync(config, encodeRecords([...single, ['args', '/bin/busybox', 'sleep', '1000']]));
    const sleeper = spawn(
      '/bin/sh',
      ['-c', `exec ${join(folder, 'helper')} userns --config 3 --report 1 3<${config}`],
      {
        uid,
        gid: uid,
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    try {
      let said = '';
      for await (const chunk of sleeper.stdout) {
        said += chunk;
        if (said.includes('started')) break;
      }
      const pid = Number(/"started","pid":(\d+)/.exec(said)?.[1]);
      const { stdout, status } = asUser('userns', [
        ['join-pid', pid, startTime(pid)],
        ['args', '/bin/busybox', 'sh', '-c', 'id -u; readlink /proc/self/ns/user'],
      ]);
      expect({ stdout, status }).toEqual({ stdout: `0\n${readlinkSync(`/proc/${pid}/ns/user`)}\n`, status: 0 });
    } finally {
      sleeper.kill('SIGKILL');
      await new Promise((resolve) => sleeper.once('close', resolve));
    }
  });

  test('is told when the map is not granted', () => {
    if (!made) return expect(existsSync('/usr/bin/newuidmap')).toBe(false); // needs the package uidmap
    const { status, stderr } = asUser('userns', [
      ['uid-map', 0, 0, 10],
      ['newuidmap', '/usr/bin/newuidmap'],
      ['args', '/bin/true'],
    ]);
    expect(status).toBe(71);
    expect(stderr).toMatch(/\/etc\/subuid/);
  });

  test('runs a whole container, overlay included, in one step', () => {
    for (const part of ['upper', 'work', 'target']) {
      mkdirSync(join(folder, part), { recursive: true });
      chownSync(join(folder, part), uid, uid);
    }
    const { stdout, stderr, status } = asUser('run', [
      ...namespaces,
      ['ns', 'user'],
      ...single,
      [
        'rootfs-overlay',
        scratch,
        join(folder, 'target'),
        'userxattr',
        join(folder, 'upper'),
        join(folder, 'work'),
        'root',
      ],
      proc,
      // One id only: devpts cannot have the group 5.
      ...dev.map(
        (record) =>
          record.map((arg) => (typeof arg === 'string' ? arg.replace(',gid=5', '') : arg)) as unknown as HelperRecord,
      ),
      path,
      ['stdio', 'relay'],
      ['hostname', 'rootless'],
      ['args', 'sh', '-c', 'id -u; hostname; echo x > /new; echo y > /dev/null; ls -l /dev/null | cut -c1-3; echo $$'],
    ]);
    expect(stderr).not.toMatch(/"event":"error"/);
    expect({ stdout, status }).toEqual({ stdout: '0\nrootless\ncrw\n1\n', status: 0 });
    expect(readFileSync(join(folder, 'upper/new'), 'utf8')).toBe('x\n');
  });

  test('without a user namespace gets a clear error', () => {
    const { status, stderr } = asUser('run', [...namespaces, ['rootfs', root], path, ['args', 'true']]);
    expect(status).toBe(71);
    expect(stderr).toMatch(/"call":"clone3".*"errno":1/);
  });
});

describe('mode mount', () => {
  test('shows an overlay to one command only', async () => {
    for (const part of ['a', 'b', 'seen']) mkdirSync(join(scratch, part), { recursive: true });
    writeFileSync(join(scratch, 'a/file'), 'from a');
    const { stdout } = await runHelper(helper, 'mount', [
      ['rootfs-overlay', scratch, join(scratch, 'seen'), '', '', '', 'a', 'b'],
      ['stdio', 'relay'],
      ['args', '/bin/busybox', 'cat', join(scratch, 'seen/file')],
    ]);
    expect(stdout).toBe('from a');
    expect(existsSync(join(scratch, 'seen/file'))).toBe(false);
  });

  test('or attaches it here', async () => {
    const target = join(scratch, 'seen');
    const { code } = await runHelper(helper, 'mount', [
      ['rootfs-overlay', scratch, target, '', '', '', 'a'],
      ['attach'],
    ]);
    try {
      expect(code).toBe(0);
      expect(readFileSync(join(target, 'file'), 'utf8')).toBe('from a');
      expect(() => writeFileSync(join(target, 'new'), '')).toThrow(/EROFS/);
    } finally {
      execFileSync('umount', [target]);
    }
  });
});
