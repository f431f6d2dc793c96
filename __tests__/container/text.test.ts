import { describe, expect, test } from '@jest/globals';
import { DetachKeys, parseDetachKeys } from '../../src/container/detach-keys.ts';
import { parseDevice } from '../../src/container/devices.ts';
import { parseEnvFile } from '../../src/container/env-file.ts';
import { parseMountFlag, parseTmpfsFlag, parseVolumeFlag } from '../../src/container/mount-request.ts';
import { sizeOfFlag } from '../../src/container/size.ts';
import { parseTimestamp } from '../../src/container/timestamp.ts';
import { resolveUser } from '../../src/container/user.ts';

const files = {
  passwd:
    'root:x:0:0:root:/root:/bin/sh\n# note\nbroken\napp:x:1000:1001:App:/home/app:/bin/sh\nbig:x:99999999999:1::/:\n',
  group: 'root:x:0:\nwheel:x:10:root,app\naudio:x:29:app\nstaff:x:50:\n',
};

describe('users', () => {
  test.each([
    ['', { uid: 0, gid: 0, additionalGids: [0, 10], home: '/root' }],
    ['app', { uid: 1000, gid: 1001, additionalGids: [1001, 10, 29], home: '/home/app' }],
    ['1000', { uid: 1000, gid: 1001, additionalGids: [1001, 10, 29], home: '/home/app' }],
    ['app:staff', { uid: 1000, gid: 50, additionalGids: [50], home: '/home/app' }],
    ['7:8', { uid: 7, gid: 8, additionalGids: [8] }],
    ['7', { uid: 7, gid: 0, additionalGids: [0] }],
    [':wheel', { uid: 0, gid: 10, additionalGids: [10], home: '/root' }],
  ])('%j', (text, expected) => {
    expect(resolveUser(files, text)).toEqual(expected);
  });

  test('further groups are added by name or number', () => {
    expect(resolveUser(files, '7', ['audio', '99', '99']).additionalGids).toEqual([0, 29, 99]);
  });

  test.each([
    ['nobody', /no user "nobody"/],
    ['1000x', /no user "1000x"/],
    ['0x10', /no user "0x10"/],
    ['-1', /no user "-1"/],
    ['4294967296', /from 0 to 2147483647/],
    ['app:nogroup', /no group "nogroup"/],
    ['a:b:c', /expected USER\[:GROUP\]/],
    ['big', /no user "big"/],
  ])('%j is refused', (text, message) => {
    expect(() => resolveUser(files, text)).toThrow(message);
  });

  test('an image without passwd knows numbers', () => {
    expect(resolveUser({ passwd: undefined, group: undefined }, '5')).toEqual({ uid: 5, gid: 0, additionalGids: [0] });
  });
});

describe('mount flags', () => {
  test.each([
    ['/a:/b', { type: 'bind', source: '/a', destination: '/b', readOnly: false, createSource: true }],
    ['./a:/b:ro', { type: 'bind', source: '/cwd/a', destination: '/b', readOnly: true, createSource: true }],
    ['data:/b:ro,nocopy', { type: 'volume', source: 'data', destination: '/b', readOnly: true, noCopy: true }],
    ['/b/', { type: 'volume', source: '', destination: '/b', readOnly: false }],
    [
      '/a:/b:z,rslave',
      { type: 'bind', source: '/a', destination: '/b', readOnly: false, createSource: true, propagation: 'rslave' },
    ],
  ])('-v %s', (text, expected) => {
    expect(parseVolumeFlag(text, '/cwd')).toEqual(expected);
  });

  test.each([
    ['type=bind,src=/a,dst=/b,readonly', { type: 'bind', source: '/a', destination: '/b', readOnly: true }],
    ['source=data,target=/b', { type: 'volume', source: 'data', destination: '/b', readOnly: false }],
    [
      'type=tmpfs,target=/t,tmpfs-size=1m,tmpfs-mode=1777',
      { type: 'tmpfs', source: '', destination: '/t', readOnly: false, options: ['size=1048576', 'mode=1777'] },
    ],
    ['type=bind,"source=/a,b",target=/b', { type: 'bind', source: '/a,b', destination: '/b', readOnly: false }],
    [
      'type=volume,target=/b,volume-subpath=x',
      { type: 'volume', source: '', destination: '/b', readOnly: false, subpath: 'x' },
    ],
  ])('--mount %s', (text, expected) => {
    expect(parseMountFlag(text, '/cwd')).toEqual(expected);
  });

  test('--tmpfs with options', () => {
    expect(parseTmpfsFlag('/run:size=64m,exec')).toMatchObject({
      type: 'tmpfs',
      destination: '/run',
      options: ['size=64m', 'exec'],
    });
  });

  test.each([
    [() => parseVolumeFlag('/a:b', '/'), /must be absolute/],
    [() => parseVolumeFlag('/a:/', '/'), /cannot be \//],
    [() => parseVolumeFlag('/a:/b:rox', '/'), /did you mean ro\?/],
    [() => parseVolumeFlag('a/b:/c', '/'), /invalid volume name "a\/b"/],
    [() => parseVolumeFlag('a:b:c:d', '/'), /expected \[SOURCE:\]DESTINATION/],
    [() => parseMountFlag('type=bind,target=/b', '/'), /a bind needs source/],
    [() => parseMountFlag('tpye=bind,target=/b', '/'), /unknown key "tpye" \(did you mean type\?\)/],
    [() => parseMountFlag('type=nfs,target=/b', '/'), /expected type bind, volume or tmpfs/],
    [() => parseMountFlag('type=tmpfs', '/'), /target=PATH is missing/],
    [() => parseTmpfsFlag('/run:bogus=1'), /unknown option "bogus=1"/],
  ])('%s is refused', (parse, message) => {
    expect(parse).toThrow(message);
  });
});

describe('small texts', () => {
  test.each([
    ['512m', 2 ** 29],
    ['1.5g', 1.5 * 2 ** 30],
    ['10', 10],
    ['1KiB', 1024],
    ['2GB', 2 ** 31],
    ['-1', -1],
  ])('size %s', (text, bytes) => {
    expect(sizeOfFlag(text, '--x')).toBe(bytes);
  });

  test('devices', () => {
    expect(parseDevice('/dev/fuse')).toEqual({ host: '/dev/fuse', container: '/dev/fuse', access: 'rwm' });
    expect(parseDevice('/dev/a:/dev/b:r')).toEqual({ host: '/dev/a', container: '/dev/b', access: 'r' });
    expect(parseDevice('/dev/a:rw')).toEqual({ host: '/dev/a', container: '/dev/a', access: 'rw' });
  });

  test('an environment file with a bad line is shown with its place', () => {
    expect(() => parseEnvFile('A=1\nB C=2\n', 'file', {})).toThrow(/file:2: expected NAME=VALUE/);
  });

  test('points in time', () => {
    const now = Date.parse('2026-01-02T00:00:00Z');
    expect(parseTimestamp('10m', now)).toBe(now - 600_000);
    expect(parseTimestamp('1700000000.5', now)).toBe(1_700_000_000_500);
    expect(parseTimestamp('2026-01-01T12:00:00Z', now)).toBe(now - 12 * 3_600_000);
    expect(parseTimestamp('yesterday', now)).toBeUndefined();
  });

  test('detach keys are found across pieces, and what only began like them is passed on', () => {
    const keys = new DetachKeys(parseDetachKeys());
    expect(keys.pass(Buffer.from('a\x10'))).toEqual({ bytes: Buffer.from('a'), detached: false });
    expect(keys.pass(Buffer.from('b\x10'))).toEqual({ bytes: Buffer.from('\x10b'), detached: false });
    expect(keys.pass(Buffer.from('\x11'))).toEqual({ bytes: Buffer.alloc(0), detached: true });
    expect(() => parseDetachKeys('ctrl-')).toThrow(/expected keys/);
  });
});
