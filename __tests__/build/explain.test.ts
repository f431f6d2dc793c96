import { describe, expect, test } from '@jest/globals';
import { explainMiss } from '../../src/build/explain.ts';

const digest = (n: number) => `sha256:${String(n).repeat(64)}`;

describe('why a step was not cached', () => {
  test.each([
    ['there is no earlier build', undefined, { a: '1' }, ['not cached: there is no earlier build of this step']],
    [
      'a file changed',
      { 'file:a.ts': digest(1), content: digest(3) },
      { 'file:a.ts': digest(2), content: digest(4) },
      ['not cached: file a.ts changed'],
    ],
    ['a file is new', {}, { 'file:a.ts': digest(2) }, ['not cached: file a.ts is new']],
    ['a file is gone', { 'file:a.ts': digest(2) }, {}, ['not cached: file a.ts is gone']],
    [
      'an argument changed',
      { 'arg:V': '1' },
      { 'arg:V': '2' },
      ['not cached: build argument V changed: was "1", is "2"'],
    ],
    ['a variable is new', {}, { 'env:HOME': '/x' }, ['not cached: environment variable HOME is new']],
    ['the base changed', { base: digest(1) }, { base: digest(2) }, ['not cached: what it stands on changed']],
    [
      'the instruction changed',
      { instruction: 'make' },
      { instruction: 'make all' },
      ['not cached: the instruction changed: was "make", is "make all"'],
    ],
    [
      'nothing changed',
      { a: '1' },
      { a: '1' },
      ['not cached: nothing changed, but its record or its layer is gone from the cache'],
    ],
  ])('%s', (_what, before, now, lines) => {
    expect(explainMiss(before, now as Record<string, string>)).toEqual(lines);
  });

  test('many changes are counted, not listed', () => {
    const files = Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`file:${i}`, digest(1)]));
    const lines = explainMiss({}, files);
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toBe('not cached: and 4 more changes');
  });
});
