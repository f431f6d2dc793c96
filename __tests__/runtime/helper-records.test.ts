import { describe, expect, test } from '@jest/globals';
import { encodeRecords, type HelperRecord, nameBytes } from '../../src/runtime/helper.ts';

/** A reader of the list, written from docs/helper-protocol.md. */
function decode(bytes: Buffer): Buffer[][] {
  const records: Buffer[][] = [];
  let at = 0;
  while (at < bytes.length) {
    const argc = bytes.readUInt32LE(at);
    at += 4;
    const args: Buffer[] = [];
    for (let i = 0; i < argc; i++) {
      const size = bytes.readUInt32LE(at);
      args.push(bytes.subarray(at + 4, at + 4 + size));
      expect(bytes[at + 4 + size]).toBe(0);
      at += size + 5;
    }
    records.push(args);
  }
  return records;
}

describe('encodeRecords', () => {
  test('writes each record with its arguments and closes the list', () => {
    const list: HelperRecord[] = [
      ['args', 'sh', '-c', 'echo ü'],
      ['user', 0, 4294967295n],
      ['seccomp', 2, Buffer.from([0, 1, 2])],
    ];
    expect(decode(encodeRecords(list)).map((record) => record.map((arg) => arg.toString('latin1')))).toEqual([
      ['args', 'sh', '-c', Buffer.from('echo ü').toString('latin1')],
      ['user', '0', '4294967295'],
      ['seccomp', '2', '\0\x01\x02'],
      ['end'],
    ]);
  });

  test('refuses numbers that would lose digits', () => {
    for (const number of [1.5, Number.NaN, 2 ** 53]) {
      expect(() => encodeRecords([['umask', number]])).toThrow(/whole number/);
    }
  });

  test('refuses a list above 64 MiB', () => {
    expect(() => encodeRecords([['write', Buffer.alloc(64 * 1024 * 1024)]])).toThrow(/at most 67108864 bytes/);
  });
});

describe('nameBytes', () => {
  test('turns lone low surrogates back into the bytes that were no UTF-8', () => {
    expect(nameBytes('caf\udce9')).toEqual(Buffer.from([0x63, 0x61, 0x66, 0xe9]));
    expect(nameBytes('café 😀')).toEqual(Buffer.from('café 😀'));
  });
});
