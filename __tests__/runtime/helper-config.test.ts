import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { encodeRecords, Helper, type HelperRecord } from '../../src/runtime/helper.ts';
import { makeScratch } from '../helpers/make-scratch.ts';
import { helperBinary, makeHelper, runHelper } from './helper-fixture.ts';

const helper = makeHelper();

/** The helper with these very bytes as its config. */
function feed(bytes: Buffer, mode = 'run'): { code: number | null; report: { [field: string]: unknown } } {
  const { status, stderr } = spawnSync(helperBinary, [mode, '--config', '0'], { input: bytes, encoding: 'utf8' });
  return { code: status, report: JSON.parse(stderr.split('\n')[0] ?? '{}') };
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

describe('a config that is not a list of records', () => {
  const good = encodeRecords([['args', 'true']]);
  test.each([
    ['nothing at all', Buffer.alloc(0), /cut off/],
    ['cut off anywhere', good.subarray(0, 10), /cut off/],
    ['without its end', good.subarray(0, good.length - 1), /cut off/],
    ['a record without a name', u32(0), /without a name/],
    ['four billion arguments', u32(0xffffffff), /too many arguments/],
    ['an argument of four billion bytes', Buffer.concat([u32(1), u32(0xffffffff)]), /too long/],
    ['an argument without its NUL', Buffer.concat([u32(1), u32(3), Buffer.from('endX')]), /does not end with NUL/],
    ['a name with a NUL', Buffer.concat([u32(1), u32(3), Buffer.from('e\0d\0')]), /NUL in it/],
  ])('%s is refused', (_name, bytes, message) => {
    const { code, report } = feed(bytes);
    expect(code).toBe(70);
    expect(report).toMatchObject({ event: 'error', stage: 'config', message: expect.stringMatching(message) });
  });

  test('every prefix of a good list is refused and none crashes', () => {
    for (let size = 0; size < good.length; size++) expect(feed(good.subarray(0, size)).code).toBe(70);
  });
});

describe('a record that makes no sense', () => {
  const records: [HelperRecord, RegExp][] = [
    [['no-such-record'], /unknown record "no-such-record"/],
    [['user', 0], /record user: expected 2 to \d+ arguments, got 1/],
    [['user', '0x', 0], /expected a decimal number from 0 to 4294967295 as argument 1, got "0x"/],
    [['user', '1 ', 0], /got "1 "/],
    [['user', '+1', 0], /got "\+1"/],
    [['user', '-1', 0], /got "-1"/],
    [['user', '', 0], /got ""/],
    [['user', '4294967296', 0], /got "4294967296"/],
    [['caps', '18446744073709551616', 0, 0, 0, 0], /got "18446744073709551616"/],
    [['oom-score-adj', '-1001'], /from -1000 to 1000/],
    [['ns', 'planet'], /unknown kind "planet"/],
    [['stdio', 'loud'], /unknown mode "loud"/],
    [['stdin', 'pty'], /unknown mode "pty"/],
    [['seccomp', 0, Buffer.alloc(7)], /instructions of 8 bytes/],
    [['seccomp', 0, Buffer.alloc(8 * 4097)], /1 to 4096/],
    [['device', '/dev/x', 'z', 1, 2, 0, 0, 0], /type c, b or p/],
    [['mount', 'bind', '/a', '/b', 0, 0, 0, 0, '', 'sideways'], /unknown option "sideways"/],
    [['mount', 'bind', '/a', '/b', 0, 0, 0, 0, '', 'map-uid=1:2'], /INNER:OUTER:SIZE/],
    [['hostname', Buffer.from('a\0b')], /NUL in it/],
    [['args'], /expected 1 to/],
    [['setgroups', 'allow'], /expected deny/],
    [['hook', 'sometime', '/x', 0, '', '', 0], /unknown stage/],
    [['hook', 'startContainer', '/x', 0, '', '', 2, 'a'], /from 0 to 1 as argument 6/],
  ];
  test.each(records.map(([record, message]) => [record[0], record, message] as const))(
    '%s is refused',
    async (_n, record, message) => {
      const { code, error, reports } = await runHelper(helper, 'run', [record]);
      expect(code).toBe(70);
      expect(error).toMatchObject({ code: 'helper-config', message: expect.stringMatching(message) });
      expect(reports.map((report) => report.event)).toEqual(['error']);
    },
  );
});

describe('the helper itself', () => {
  test('says which mode it does not know', async () => {
    const { code, error } = await runHelper(helper, 'dance', []);
    expect(code).toBe(70);
    expect(error?.message).toMatch(/unknown mode dance/);
  });

  test('of another version than the rest is told apart from a mistake of ours', async () => {
    for (const [mode, record] of [
      ['dance'],
      ['run', 'dance'],
      ['tree', 'dance'],
      ['apply', 'dance'],
      ['diff', 'dance'],
    ])
      expect((await runHelper(helper, mode!, record === undefined ? [] : [[record]])).error).toMatchObject({
        code: 'helper-config',
        hint: expect.stringContaining(`${helperBinary} may be of another version`),
      });
    expect((await runHelper(helper, 'run', [['setgroups', 'allow']])).error?.hint).toBeUndefined();
  });

  test('explains bad options', () => {
    const { status, stderr } = spawnSync(helperBinary, ['run', '--config', '9x'], { encoding: 'utf8' });
    expect(status).toBe(70);
    expect(stderr).toMatch(/expected MODE/);
  });

  test('that is missing, or cannot run, is an error with a hint', async () => {
    const folder = makeScratch('helper');
    try {
      const missing = new Helper(join(folder, 'nothing')).spawn('probe', [], { stdio: nothing });
      await expect(missing.exited).rejects.toMatchObject({ code: 'helper-missing', hint: expect.any(String) });
      writeFileSync(join(folder, 'text'), 'no program');
      const unusable = new Helper(join(folder, 'text')).spawn('probe', [], { stdio: nothing });
      await expect(unusable.exited).rejects.toMatchObject({ code: 'helper-unusable', hint: expect.any(String) });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('probe tells what works here', async () => {
    const { code, reports } = await runHelper(helper, 'probe', []);
    expect(code).toBe(0);
    expect(reports).toEqual([
      expect.objectContaining({
        event: 'probe',
        kernel: expect.any(String),
        cgroup: expect.stringMatching(/^(v1|v2|hybrid|none)$/),
        openat2: expect.any(Number),
        userNamespace: expect.any(Number),
      }),
    ]);
  });
});

const nothing = { stdin: 'null', stdout: 'null', stderr: 'null' } as const;
