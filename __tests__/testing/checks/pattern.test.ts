import { describe, expect, test } from '@jest/globals';
import { Pattern } from '../../../src/testing/checks/pattern.ts';

const isIn = (source: string, text: string) => new Pattern(source).isIn(text);

describe('patterns of RE2', () => {
  test.each([
    ['abc', 'xxabcxx', true],
    ['abc', 'ab', false],
    ['', '', true],
    ['a|bc', 'xbc', true],
    ['^a.c$', 'abc', true],
    ['^a.c$', 'a\nc', false],
    ['(?s)^a.c$', 'a\nc', true],
    ['^abc$', 'abc\n', false],
    ['(?m)^abc$', 'x\nabc\n', true],
    ['^$', '', true],
    ['a{2,3}b', 'xaab', true],
    ['^a{2,3}b', 'aaaab', false],
    ['^a{2}$', 'aaa', false],
    ['a{,2}', 'a{,2}', true],
    ['^(ab)*$', 'ababab', true],
    ['^(a*)*$', 'aaab', false],
    ['^x+?y??$', 'xxxy', true],
    ['[a-c]x[^a-c]', 'bxd', true],
    ['[a-c]x[^a-c]', 'bxb', false],
    ['[]a]', ']', true],
    ['[a-]', '-', true],
    ['[\\]\\-\\\\]', '\\', true],
    ['^[[:alpha:]_]+$', 'ab_C', true],
    ['^[[:^digit:]]+$', 'a1', false],
    ['^\\d+\\.\\d+$', '10.25', true],
    ['^[\\w.]+$', 'a.b_9', true],
    ['\\D\\S\\W', 'ab-', true],
    ['\\bcat\\b', 'a cat!', true],
    ['\\bcat\\b', 'concat', false],
    ['\\Bcat', 'concat', true],
    ['(?i)HeLLo', 'xHEllO', true],
    ['(?i)[a-z]+É', 'ABé', true],
    ['(?i:a)b', 'Ab', true],
    ['(?i:a)b', 'AB', false],
    ['(a(?i)b)c', 'aBC', false],
    ['(?-i)a', 'A', false],
    ['(?P<n>x)(?<m>y)', 'xy', true],
    ['\\Qa.b*\\E+', 'a.b**', true],
    ['\\Aab\\z', 'ab', true],
    ['\\x41\\x{1F600}\\101', 'A😀A', true],
    ['^.$', '😀', true],
    ['\\pL\\p{Greek}\\P{L}', 'aα1', true],
    ['\\p{^L}', 'ab', false],
    ['.*Inst.*Security.* | .*Security.*Inst.*', 'Inst foo Security bar ', true],
    ['^go version go1\\.(2[2-9]|3\\d)', 'go version go1.24.1 linux/amd64', true],
  ])('%j in %j: %j', (source, text, expected) => {
    expect(isIn(source, text)).toBe(expected);
  });

  test.each([
    ['a(b', 'a "(" without its ")"'],
    ['ab)', 'a ")" without its "("'],
    ['[ab', 'a "[" without its "]"'],
    ['*a', 'nothing to repeat before *'],
    ['a**', 'a repetition of a repetition'],
    ['(?i)*', 'nothing to repeat'],
    ['a(?=b)', 'look-around'],
    ['(?<!a)b', 'look-around'],
    ['(a)\\1', 'back references'],
    ['a{1001}', 'up to 1000'],
    ['a{3,2}', 'up to 1000'],
    ['[z-a]', 'ends before it begins'],
    ['\\p{Klingon}', 'no class named Klingon'],
    ['[[:klingon:]]', 'no class named'],
    ['[[:constructor:]]', 'no class named'],
    ['\\y', 'unknown escape'],
    ['a\\', 'a backslash at the end'],
    [`${'('.repeat(5000)}${')'.repeat(5000)}`, 'nested deeper'],
    ['((a{100}){100}){100}', 'too large'],
  ])('%.40j is refused', (source, message) => {
    expect(() => new Pattern(source)).toThrow(message);
  });

  test('it agrees with JavaScript where both languages are the same', () => {
    let seed = 7;
    const random = (n: number): number => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * n);
    };
    const atom = (depth: number): string => {
      const kind = random(depth > 3 ? 4 : 7);
      if (kind < 2) return 'abc'[random(3)]!;
      if (kind === 2) return ['.', '[ab]', '[^a]', '\\w', '\\s'][random(5)]!;
      if (kind === 3) return ['^', '$', '\\b', '\\B'][random(4)]!;
      return `(${Array.from({ length: 1 + random(2) }, () => run(depth + 1)).join('|')})`;
    };
    const run = (depth: number): string =>
      Array.from({ length: 1 + random(3) }, () => {
        const one = atom(depth);
        return /^[\^$\\]/.test(one) ? one : `${one}${['', '', '*', '+', '?', '{0,2}', '{2}'][random(7)]}`;
      }).join('');
    for (let i = 0; i < 3000; i++) {
      const source = run(0);
      const pattern = new Pattern(source);
      for (let j = 0; j < 4; j++) {
        const text = Array.from({ length: random(8) }, () => 'abc \n'[random(5)]).join('');
        expect([source, text, pattern.isIn(text)]).toEqual([source, text, new RegExp(source, 'u').test(text)]);
      }
    }
  });
});

describe('attacks', () => {
  test.each([
    ['(a+)+$', `${'a'.repeat(200_000)}b`],
    ['(a|aa|aaa)*c', 'a'.repeat(200_000)],
    ['(.*)*x(.*)*y', 'x'.repeat(200_000)],
    ['(\\w+\\s?)+;', 'word '.repeat(50_000)],
  ])('%s takes time in proportion to the text', (source, text) => {
    const began = performance.now();
    expect(isIn(source, text)).toBe(false);
    expect(performance.now() - began).toBeLessThan(2000);
  });

  test('what would remember too much or take too long is given up', () => {
    let seed = 1;
    const text = Array.from({ length: 1_000_000 }, () => {
      seed = (seed * 1103515245 + 12345) % 2 ** 31;
      return seed > 2 ** 30 ? 'a' : 'b';
    }).join('');
    const began = performance.now();
    expect(() => isIn('a.{900}c', text)).toThrow('it takes too long');
    expect(performance.now() - began).toBeLessThan(8000);
  });
});
