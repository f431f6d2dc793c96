import { describe, expect, test } from '@jest/globals';
import { cacheKey, stackKey, stepKey } from '../../src/build/cache-key.ts';
import { sha256 } from '../../src/oci/digest.ts';

describe('cache keys', () => {
  test('the same parts give the same key', () => {
    expect(cacheKey('run', [['a', 'b']])).toBe(cacheKey('run', [['a', 'b']]));
  });

  test.each([
    [
      'a letter moved from one value to the next',
      [
        ['a', 'xy'],
        ['b', 'z'],
      ],
      [
        ['a', 'x'],
        ['b', 'yz'],
      ],
    ],
    ['a letter moved from the name to the value', [['ab', 'c']], [['a', 'bc']]],
    [
      'the order of parts',
      [
        ['a', '1'],
        ['b', '2'],
      ],
      [
        ['b', '2'],
        ['a', '1'],
      ],
    ],
    ['an empty value and none', [['a', '']], [['a', undefined]]],
    ['true and "true"', [['a', true]], [['a', 'true']]],
    ['1 and "1"', [['a', 1]], [['a', '1']]],
    [
      'one part with a separator and two parts',
      [['a', 'b\0c']],
      [
        ['a', 'b'],
        ['c', ''],
      ],
    ],
    [
      'a repeated part',
      [['a', 'b']],
      [
        ['a', 'b'],
        ['a', 'b'],
      ],
    ],
  ] as const)('differ by %s', (_what, one, other) => {
    expect(cacheKey('run', one)).not.toBe(cacheKey('run', other));
  });

  test('differ by the kind of step', () => {
    expect(cacheKey('run', [])).not.toBe(cacheKey('copy', []));
  });

  test('explain their parts by name, with details only when asked', () => {
    let asked = 0;
    const key = stepKey(
      'copy',
      [
        ['base', 'x'],
        ['gone', undefined],
        ['word', 'a'],
        ['word', 'b'],
      ],
      () => {
        asked++;
        return [['file:a.txt', 'digest']];
      },
    );
    expect(asked).toBe(0);
    expect(key.inputs()).toEqual({ base: 'x', word: 'a\nb', 'file:a.txt': 'digest' });
  });

  test('a stack is known by its chain ID, an empty root has one as well', () => {
    const [a, b] = [sha256('a'), sha256('b')];
    expect(stackKey([a])).toBe(a);
    expect(stackKey([a, b])).toBe(sha256(`${a} ${b}`));
    expect(stackKey([])).toMatch(/^sha256:/);
  });
});
