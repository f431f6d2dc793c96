import { PassThrough } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { ago, ellipsis, goTime, humanDuration, humanMemory, humanSize, shortId } from '../../src/cli/format.ts';
import { formatTable, printRows } from '../../src/cli/table.ts';
import { parseSize } from '../../src/size.ts';

describe('sizes and times', () => {
  test.each([
    [0, '0B'],
    [999, '999B'],
    [1000, '1kB'],
    [1234, '1.23kB'],
    [5_613_764, '5.61MB'],
    [123_456_789, '123MB'],
    [999_999, '1MB'],
    [1_500_000_000_000, '1.5TB'],
  ])('%d bytes are %s', (bytes, text) => expect(humanSize(bytes)).toBe(text));

  test.each([
    [0, '0B'],
    [1536, '1.5KiB'],
    [1023 * 1024, '1023KiB'],
    [2 ** 30, '1GiB'],
  ])('%d bytes of memory are %s', (bytes, text) => expect(humanMemory(bytes)).toBe(text));

  test.each([
    [0.5, 'Less than a second'],
    [1, '1 second'],
    [59, '59 seconds'],
    [60, 'About a minute'],
    [150, '2 minutes'],
    [3600, 'About an hour'],
    [3600 * 5.4, '5 hours'],
    [86400 * 3, '3 days'],
    [86400 * 20, '2 weeks'],
    [86400 * 100, '3 months'],
    [86400 * 900, '2 years'],
  ])('%d seconds are %s', (seconds, text) => expect(humanDuration(seconds * 1000)).toBe(text));

  test('are N/A where there is no time', () => {
    expect([ago(undefined), ago('nonsense'), ago('0001-01-01T00:00:00Z'), goTime(undefined)]).toEqual([
      'N/A',
      'N/A',
      'N/A',
      'N/A',
    ]);
    expect(ago('2024-01-01T00:00:00Z', Date.parse('2024-01-01T02:00:00Z'))).toBe('2 hours ago');
    expect(goTime('2024-01-02T03:04:05.678Z')).toBe('2024-01-02 03:04:05 +0000 UTC');
  });

  test('are read as flags give them', () => {
    expect(['512', '10k', '1.5g', '2GiB', '3mb', 'x', '', '-1'].map(parseSize)).toEqual([
      512,
      10240,
      1.5 * 2 ** 30,
      2 * 2 ** 30,
      3 * 2 ** 20,
      undefined,
      undefined,
      undefined,
    ]);
    expect(shortId('sha256:0123456789abcdef')).toBe('0123456789ab');
    expect(ellipsis('grüße an alle', 6)).toBe('grüße…');
  });
});

describe('a table', () => {
  test('has docker’s widths', () => {
    expect(
      formatTable([
        ['REPOSITORY', 'TAG', 'SIZE'],
        ['a-longer-name', '1', '5MB'],
      ]),
    ).toBe('REPOSITORY      TAG       SIZE\na-longer-name   1         5MB\n');
  });

  const columns = [
    { name: 'ID', heading: 'CONTAINER ID', value: (r: { id: string }) => r.id },
    { name: 'Size', heading: 'SIZE', value: () => '1MB' },
    { name: 'Hidden', heading: 'HIDDEN', value: () => 'h', hidden: true },
  ];
  test.each([
    [undefined, 'CONTAINER ID   SIZE\na              1MB\nb              1MB\n'],
    ['table', 'CONTAINER ID   SIZE\na              1MB\nb              1MB\n'],
    ['table {{.Size}}\\t{{.Hidden}}', 'SIZE      HIDDEN\n1MB       h\n1MB       h\n'],
    ['json', '{"Hidden":"h","ID":"a","Size":"1MB"}\n{"Hidden":"h","ID":"b","Size":"1MB"}\n'],
    ['{{.ID}}', 'a\nb\n'],
    ['{{.ID}}\\t{{upper .ID}}', 'a\tA\nb\tB\n'],
  ])('is printed in format %j', (format, expected) => {
    const out = new PassThrough();
    printRows(out, columns, [{ id: 'a' }, { id: 'b' }], format);
    expect(String(out.read())).toBe(expected);
  });
});
