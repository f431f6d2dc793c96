import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { encodeRecords, type HelperRecord } from '../../src/runtime/helper.ts';
import { makeBusyboxRoot } from '../helpers/busybox-root.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import {
  dev,
  helperBinary,
  MS,
  makeHelper,
  namespaces,
  type Outcome,
  path,
  proc,
  runHelper,
  startTime,
} from './helper-fixture.ts';

const helper = makeHelper();
const scratch = await scratchFolder('late');
const root = makeBusyboxRoot(join(scratch, 'root'));
const MOUNT_SETATTR = 442;
const ENOSYS = 38;

/** A seccomp program: one system call is not there, all others are. */
function without(call: number): Buffer {
  const program = Buffer.alloc(32);
  const instruction = (at: number, code: number, jt: number, jf: number, k: number): void => {
    program.writeUInt16LE(code, at * 8);
    program.writeUInt8(jt, at * 8 + 2);
    program.writeUInt8(jf, at * 8 + 3);
    program.writeUInt32LE(k, at * 8 + 4);
  };
  instruction(0, 0x20, 0, 0, 0); // load the number
  instruction(1, 0x15, 0, 1, call);
  instruction(2, 0x06, 0, 0, (0x00050000 | ENOSYS) >>> 0);
  instruction(3, 0x06, 0, 0, 0x7fff0000);
  return program;
}

/** A container as a kernel before 5.12 makes it: the helper itself runs without mount_setattr(2). */
function shell(
  command: string,
  extra: HelperRecord[] = [],
  base: HelperRecord[] = [['rootfs', root]],
): Promise<Outcome> {
  const records: HelperRecord[] = [
    ...namespaces,
    ...base,
    proc,
    ...dev,
    path,
    ...extra,
    ['args', '/bin/sh', '-c', command],
  ];
  return runHelper(
    helper,
    'exec',
    [
      ['join-pid', process.pid, startTime(process.pid)],
      ['seccomp', 0, without(MOUNT_SETATTR)],
      ['stdio', 'relay'],
      ['args', helperBinary, 'run', '--config', '0', '--report', '2'],
    ],
    { input: encodeRecords([...records, ['stdio', 'relay']]).toString('latin1') },
  );
}

describe('without mount_setattr(2), as before Linux 5.12', () => {
  test('the call is really not there', async () => {
    const { stderr } = await shell('true', [
      ['mount', 'bind', scratch, '/mnt', MS.BIND, 0, 0, 0, '', 'create-dir', 'idmap=/proc/self/ns/user'],
    ]);
    expect(stderr).toMatch(/id-mapped mounts/);
  });

  test('a container runs, with masks and read-only paths', async () => {
    const { stdout, stderr, code } = await shell(
      'cat /etc/secret; ls /etc/hidden; echo x > /etc/fixed/file; echo y > /free && cat /free',
      [
        ['mask', '/etc/secret'],
        ['mask', '/etc/hidden'],
        ['readonly', '/etc/fixed'],
      ],
    );
    expect({ stdout, code }).toEqual({ stdout: 'y\n', code: 0 });
    expect(stderr).toMatch(/file: Read-only file system/);
  });

  test('a bind mount gets its flags, and what was set before stays', async () => {
    const { stdout } = await shell('grep " /mnt " /proc/mounts; echo x 2>/dev/null > /mnt/new || echo refused', [
      ['mount', 'bind', join(scratch, 'source'), '/mnt', MS.BIND | MS.RDONLY | MS.NOSUID, 0, 0, 0, '', 'create-dir'],
    ]);
    expect(stdout).toMatch(/ \/mnt \w+ ro,nosuid/);
    expect(stdout).toMatch(/refused/);
  });

  test('read-only reaches every mount below, and only those', async () => {
    const mounts: HelperRecord[] = ['/tree', '/tree/below', '/tree/below/deep', '/beside'].map((place) => [
      'mount',
      'tmpfs',
      'tmpfs',
      place,
      0,
      0,
      0,
      0,
      '',
      'create-dir',
    ]);
    const tries =
      'for f in /tree /tree/below /tree/below/deep /beside; do touch $f/new 2>/dev/null && echo "wrote $f"; done; true';
    expect((await shell(tries, mounts)).stdout.split('\n')).toHaveLength(5);
    expect((await shell(tries, [...mounts, ['readonly', '/tree']])).stdout).toBe('wrote /beside\n');
  });

  test('a read-only root and an overlay of one layer', async () => {
    const { stdout } = await shell('echo x > /new || echo refused', [['readonly-root']]);
    expect(stdout).toBe('refused\n');
    mkdirSync(join(scratch, 'target'), { recursive: true });
    const single = await shell(
      'echo x > /new || echo refused',
      [],
      [['rootfs-overlay', scratch, join(scratch, 'target'), '', '', '', 'root']],
    );
    expect(single.stdout).toBe('refused\n');
  });
});

mkdirSync(join(scratch, 'source'));
for (const folder of ['hidden', 'fixed']) mkdirSync(join(root, 'etc', folder), { recursive: true });
for (const name of ['secret', 'hidden/inside', 'fixed/file']) writeFileSync(join(root, 'etc', name), 'secret\n');
