import { describe, expect, test } from '@jest/globals';
import { cleanPath, ignoreMatcher, parseIgnore } from '../../src/dockerfile/ignore.ts';

describe('an ignore file', () => {
  test.each([
    ['node_modules', 'node_modules', true],
    ['node_modules', 'node_modules/a/b.js', true],
    ['node_modules', 'x/node_modules', false],
    ['**/node_modules', 'x/y/node_modules/z', true],
    ['**/node_modules', 'node_modules', true],
    ['/foo/', 'foo/x', true],
    ['./a/../b//c', 'b/c', true],
    ['*.md', 'a.md', true],
    ['*.md', 'docs/a.md', false],
    ['*/*.md', 'docs/a.md', true],
    ['**/*.go', 'a.go', true],
    ['**/*.go', 'a/b/c.go', true],
    ['a/**', 'a', false],
    ['a/**', 'a/b', true],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b', true],
    ['a/**/**/**/b', 'a/x/b', true],
    ['**', 'anything/at/all', true],
    ['**foo', 'barfoo', true],
    ['foo**', 'foobar/x', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['[^a-c]x', 'zx', true],
    ['[[]x', '[x', true],
    ['a.b', 'axb', false],
    ['a+(b)', 'a+(b)', true],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['.git\n.gitignore', '.gitignore', true],
    ['Ünïcode/*', 'Ünïcode/x', true],
    ['?', '😀', true],
  ])('%j and %j: %j', (text, path, expected) => {
    const matcher = parseIgnore(text, '.dockerignore');
    expect(matcher.ignores(path)).toBe(expected);
    let state = matcher.top();
    let ignored = false;
    const parts = path.split('/');
    for (let n = 1; n <= parts.length; n++) ({ state, ignored } = matcher.step(parts.slice(0, n).join('/'), state));
    expect(ignored).toBe(expected);
  });

  test('is decided by the last line that matches', () => {
    const matcher = parseIgnore('docs\n!docs/*.md\ndocs/secret.md\n!docs/a/deep', '.dockerignore');
    expect(matcher.ignores('docs/x.txt')).toBe(true);
    expect(matcher.ignores('docs/x.md')).toBe(false);
    expect(matcher.ignores('docs/secret.md')).toBe(true);
    expect(matcher.ignores('docs/a/deep/file')).toBe(false);
    expect(matcher.ignores('docs/a/other')).toBe(true);
  });

  test('skips comments in the first column only, blank lines and a byte order mark', () => {
    const matcher = parseIgnore('\uFEFF# comment\n\n   \n  #name  \nplain\r\n', '.dockerignore');
    expect(matcher.patterns.map((pattern) => pattern.text)).toEqual(['#name', 'plain']);
  });

  test('says which line hides a path', () => {
    const reason = parseIgnore('a\n# b\nb/*\n', '.dockerignore').reason('b/c/d');
    expect(reason?.location).toMatchObject({ file: '.dockerignore', line: 3 });
  });

  test('lets a folder be skipped unless something below may be taken back', () => {
    const matcher = parseIgnore('*\n!src/**/*.ts\n!docs/readme.md\n', '.dockerignore');
    expect(matcher.mayTakeBackBelow('src')).toBe(true);
    expect(matcher.mayTakeBackBelow('src/deep/er')).toBe(true);
    expect(matcher.mayTakeBackBelow('docs')).toBe(true);
    expect(matcher.mayTakeBackBelow('docs/other')).toBe(false);
    expect(matcher.mayTakeBackBelow('node_modules')).toBe(false);
  });

  test.each([['a['], ['!'], ['! '], ['[]a]'], ['a\\'], ['[a-]'], ['[-a]'], ['[']])(
    'refuses %j with its line',
    (pattern) => {
      expect(() => parseIgnore(`ok\n${pattern}`, '.dockerignore')).toThrow(/^\.dockerignore:2: /);
    },
  );

  test('does not become slow on hostile patterns', () => {
    const matcher = ignoreMatcher([{ text: `${'**/'.repeat(40)}x*y*z` }, { text: '*a*a*a*a*a*b' }]);
    const began = process.cpuUsage();
    expect(matcher.ignores('a'.repeat(200))).toBe(false);
    expect(matcher.ignores(`${'a/'.repeat(60)}b`)).toBe(false);
    expect(process.cpuUsage(began).user / 1000).toBeLessThan(3000);
  });
});

test('paths are cleaned as Go does', () => {
  expect(['a//b/./c/..', '/../a', '../a/..', '', './'].map(cleanPath)).toEqual(['a/b', '/a', '..', '', '.']);
});
