import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
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
const scratch = await scratchFolder('old-calls');
const root = makeBusyboxRoot(join(scratch, 'root'));
const ENOSYS = 38;
/** The same numbers on every architecture. */
const CALLS = {
  open_tree: 428,
  move_mount: 429,
  fsopen: 430,
  fsconfig: 431,
  fsmount: 432,
  clone3: 435,
  close_range: 436,
  openat2: 437,
  mount_setattr: 442,
};

/** A seccomp program: these system calls are not there, all others are. */
function without(calls: readonly number[]): Buffer {
  const code: [code: number, jt: number, jf: number, k: number][] = [[0x20, 0, 0, 0]];
  for (const [i, call] of calls.entries()) code.push([0x15, calls.length - i, 0, call]);
  code.push([0x06, 0, 0, 0x7fff0000], [0x06, 0, 0, 0x00050000 | ENOSYS]);
  const program = Buffer.alloc(8 * code.length);
  code.forEach(([op, jt, jf, k], i) => {
    program.writeUInt16LE(op, i * 8);
    program.writeUInt8(jt, i * 8 + 2);
    program.writeUInt8(jf, i * 8 + 3);
    program.writeUInt32LE(k, i * 8 + 4);
  });
  return program;
}

const base: HelperRecord[] = [...namespaces, proc, ...dev, path];

describe.each([
  ['openat2(2), close_range(2), mount_setattr(2), as on Linux 5.4', ['close_range', 'openat2', 'mount_setattr']],
  ['any of the new mount calls, nor clone3(2)', Object.keys(CALLS)],
] as [string, (keyof typeof CALLS)[]][])('without %s', (_, calls) => {
  /** The helper itself runs without those calls. */
  function run(...records: HelperRecord[]): Promise<Outcome> {
    return runHelper(
      helper,
      'exec',
      [
        ['join-pid', process.pid, startTime(process.pid)],
        ['seccomp', 0, without(calls.map((call) => CALLS[call]))],
        ['stdio', 'relay'],
        ['args', helperBinary, 'run', '--config', '0', '--report', '2'],
      ],
      { input: encodeRecords([...base, ...records]).toString('latin1') },
    );
  }
  const shell = (command: string, ...records: HelperRecord[]) =>
    run(...records, ['stdio', 'relay'], ['args', '/bin/sh', '-c', command]);
  const name = calls.length;

  test('a container runs on an overlay, masked, with what is mounted into it', async () => {
    const at = (...words: string[]) => join(scratch, `${name}`, ...words);
    for (const folder of ['upper', 'work', 'target', 'top/etc', 'top/full', 'bound/below'])
      mkdirSync(at(folder), { recursive: true });
    writeFileSync(at('top/which'), 'top');
    writeFileSync(at('top/full/kept'), 'copied up');
    symlinkSync('/var/elsewhere', at('top/link'));
    writeFileSync(at('bound/file'), 'bound');
    const outcome = await shell(
      [
        'cat /which /mnt/file /full/kept',
        'echo',
        'touch /mnt/x 2>&1; touch /full/new && echo written; ls /var/elsewhere',
        'wc -c < /proc/kallsyms; ls /proc/tty | wc -l; (echo 0 > /proc/sys/net/ipv4/ip_forward) 2>&1; cat /proc/sys/net/ipv4/ip_forward',
        'grep -c " /dev/shm " /proc/self/mounts; echo x > /dev/null; echo new > /new; id -u',
      ].join('\n'),
      ['rootfs-overlay', at(), at('target'), 'volatile', 'upper', 'work', 'top', root],
      ['mount', 'bind', at('bound'), '/mnt', MS.BIND | MS.REC | MS.RDONLY | MS.NOSUID, 0, 0, 0, '', 'create-dir'],
      ['mount', 'bind', at('bound/file'), '/link/given', MS.BIND | MS.REC, 0, 0, 0, '', 'create-file'],
      ['mount', 'tmpfs', 'tmpfs', '/full', MS.NOSUID, 0, 0, 0, 'size=1m', 'copy-up'],
      ['mask', '/proc/kallsyms'],
      ['mask', '/proc/tty'],
      ['mask', '/proc/fs'],
      ['readonly', '/proc/sys'],
      ['sysctl', 'net.ipv4.ip_forward', '1'],
    );
    expect(outcome.stderr).not.toContain('"error"');
    expect(outcome.stdout).toBe(
      'topboundcopied up\ntouch: /mnt/x: Read-only file system\nwritten\ngiven\n0\n0\n' +
        "/bin/sh: can't create /proc/sys/net/ipv4/ip_forward: Read-only file system\n1\n1\n0\n",
    );
    expect(outcome.code).toBe(0);
    expect(readFileSync(at('upper/new'), 'utf8')).toBe('new\n');
    expect(existsSync(at('bound/x'))).toBe(false);
    expect(readFileSync('/proc/self/mountinfo', 'utf8')).not.toContain(scratch);
  });

  test('its root is read-only when it should be, and its terminal its own', async () => {
    const outcome = await run(
      ['rootfs', root],
      ['readonly-root'],
      ['stdio', 'pty'],
      ['args', '/bin/sh', '-c', 'tty; touch /x; exit 7'],
    );
    expect(outcome.stdout).toBe('/dev/pts/0\r\ntouch: /x: Read-only file system\r\n');
    expect(outcome.code).toBe(7);
  });

  test('no link of the image leads a mount or a device out of it', async () => {
    const evil = makeBusyboxRoot(join(scratch, `evil-${name}`));
    symlinkSync(`../../../../../../..${scratch}`, join(evil, 'out'));
    const made = await shell(
      'echo in',
      ['rootfs', evil],
      ['mount', 'tmpfs', 'tmpfs', '/out/made', 0, 0, 0, 0, '', 'create-dir'],
    );
    expect(made.stdout).toBe('in\n');
    expect(existsSync(join(scratch, 'made'))).toBe(false);
    const linked = join(scratch, `linked-${name}`);
    mkdirSync(linked);
    symlinkSync('/etc', join(linked, 'proc'));
    mkdirSync(join(linked, 'etc'));
    const refused = await runHelperOn(linked);
    expect(refused.stderr).toMatch(/"object":"\/proc in the container","errno":40/);
  });

  function runHelperOn(folder: string): Promise<Outcome> {
    return shell('true', ['rootfs', folder]);
  }

  test('a tiny init starts the program and keeps nothing open', async () => {
    // init and its program go on side by side: a moment later it has let go of everything
    const outcome = await shell('sleep 0.3; ls /proc/1/fd; cat /proc/1/comm', ['rootfs', root], ['init']);
    expect(outcome.stdout).toMatch(/^1\n2\n/);
    expect(outcome.stdout).not.toMatch(/^[03-9]$/m);
    expect(outcome.code).toBe(0);
  });

  test('what only a newer kernel can do is named', async () => {
    const ids: HelperRecord[] = [
      ['ns', 'user'],
      ['uid-map', 0, 0, 65536],
      ['gid-map', 0, 0, 65536],
    ];
    const outcome = await shell(
      'true',
      ...ids,
      ['rootfs', root],
      ['mount', 'bind', scratch, '/work', MS.BIND, 0, 0, 0, '', 'idmap'],
    );
    expect(outcome.code).toBe(72);
    expect(outcome.stderr).toMatch(/"lacks":"id-mapped mounts/);
  });
});
