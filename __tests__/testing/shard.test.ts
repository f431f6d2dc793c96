import { describe, expect, test } from '@jest/globals';
import { isOurs, parseShard, shardEnvironment } from '../../src/testing/shard.ts';
import { testSpec } from '../../src/testing/spec.ts';

describe('shards', () => {
  test('INDEX/TOTAL is read', () => {
    expect(parseShard('1/4')).toEqual({ index: 1, total: 4 });
    expect(parseShard(' 12/12 ')).toEqual({ index: 12, total: 12 });
  });

  test.each(['0/4', '5/4', '1', '1/', '/4', 'a/b', '1/0', '-1/4', '1/4/5', '01/4', ''])(
    '%j is refused by name',
    (text) => {
      expect(() => parseShard(text)).toThrow(`shard: expected INDEX/TOTAL such as 1/4, found "${text}"`);
    },
  );

  test('a test learns which part it is', () => {
    expect(shardEnvironment({ index: 2, total: 3 })).toEqual([
      'CONTAINERIZE_SHARD=2/3',
      'CONTAINERIZE_SHARD_INDEX=2',
      'CONTAINERIZE_SHARD_TOTAL=3',
    ]);
  });

  test.each([1, 2, 3, 5, 8])('with %i machines every test runs on exactly one of them', (total) => {
    const specs = ['a', 'b', 'c', 'd', 'e'].map((run) => testSpec({ run }));
    for (const [place, spec] of specs.entries()) {
      const machines = Array.from({ length: total }, (_, i) => isOurs(spec, place, { index: i + 1, total }));
      expect(machines.filter(Boolean)).toHaveLength(1);
    }
  });

  test('a command that splits itself runs on every machine, as a line or as words', () => {
    for (const run of ['jest --shard=$CONTAINERIZE_SHARD', ['sh', '-c', 'echo $CONTAINERIZE_SHARD_INDEX']])
      for (const index of [1, 2, 3]) expect(isOurs(testSpec({ run }), 0, { index, total: 3 })).toBe(true);
  });
});
