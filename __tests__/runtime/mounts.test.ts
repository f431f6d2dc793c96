import { expect, test } from '@jest/globals';
import { MOUNT_OPTIONS, parseMountOptions } from '../../src/runtime/mounts.ts';

test('options become flags, propagation and data', () => {
  expect(parseMountOptions(['nosuid', 'noexec', 'nodev', 'ro', 'mode=755', 'size=64m', 'rslave'])).toEqual({
    flags: 0x1 | 0x2 | 0x4 | 0x8,
    propagation: 0x80000 | 0x4000,
    recursiveSet: 0,
    recursiveClear: 0,
    data: 'mode=755,size=64m',
    words: [],
  });
});

test('a later option wins', () => {
  expect(parseMountOptions(['ro', 'rw']).flags).toBe(0);
  expect(parseMountOptions(['rw', 'ro']).flags).toBe(1);
  expect(parseMountOptions(['private', 'rshared']).propagation).toBe(0x100000 | 0x4000);
});

test('recursive options are mount attributes to set and to clear', () => {
  expect(parseMountOptions(['rbind', 'rro', 'rnosuid'])).toMatchObject({
    flags: 0x5000,
    recursiveSet: 0x3,
    recursiveClear: 0,
  });
  expect(parseMountOptions(['rro', 'rrw'])).toMatchObject({ recursiveSet: 0, recursiveClear: 0x1 });
  expect(parseMountOptions(['rnoatime'])).toMatchObject({ recursiveSet: 0x10, recursiveClear: 0x70 });
});

test('some options are words to the helper', () => {
  expect(parseMountOptions(['bind', 'idmap', 'tmpcopyup', 'x-unknown']).words).toEqual(['idmap', 'copy-up']);
});

test('every option that the specification demands is known', () => {
  const must =
    'async atime bind defaults dev diratime dirsync exec iversion lazytime loud noatime nodev nodiratime noexec noiversion nolazytime norelatime nostrictatime nosuid private rbind relatime remount ro rprivate rshared rslave runbindable rw shared silent slave strictatime suid sync unbindable rro rrw rnoexec rnodev rnosuid rnoatime idmap ridmap';
  for (const option of must.split(' ')) expect(MOUNT_OPTIONS).toContain(option);
});
