import { describe, expect, test } from '@jest/globals';
import { reportPattern, testSpec } from '../../src/testing/spec.ts';

describe('report paths', () => {
  test.each([
    ['reports', '/app', '/app/reports', 'app/reports/a.xml'],
    ['./reports/', '/app', '/app/reports', 'app/reports/a.xml'],
    ['/var/log', '/app', '/var/log', 'var/log/x'],
    ['*.xml', '/app', '/app', 'app/junit.xml'],
    ['**/*.xml', '/app', '/app', 'app/a/b/junit.xml'],
    ['.', '/app', '/app', 'app/junit.xml'],
    ['reports/*/[a-c].xml', '/app', '/app/reports', 'app/reports/x/b.xml'],
    ['*.xml', '/', '/', 'junit.xml'],
    ['out', 'relative', '/relative/out', 'relative/out/x'],
  ])('%s from %s is looked for in %s, and takes %s', (path, workingDir, folder, file) => {
    const found = reportPattern(path, workingDir);
    expect(found.folder).toBe(folder);
    expect(found.matches(file)).toBe(true);
  });

  test('a pattern takes nothing else', () => {
    const { matches } = reportPattern('*.xml', '/app');
    for (const other of ['app/sub/junit.xml', 'app/junit.txt', 'junit.xml', 'application/junit.xml'])
      expect(matches(other)).toBe(false);
  });

  test('stars and brackets in the working directory are names', () => {
    const { folder, matches } = reportPattern('*.xml', '/app[1]/*');
    expect(folder).toBe('/app[1]/*');
    expect(matches('app[1]/*/a.xml')).toBe(true);
    expect(matches('app1/x/a.xml')).toBe(false);
  });

  test('before the image is known, relative paths are only looked at', () => {
    for (const path of ['*.xml', '**/*.xml', '.', 'reports']) expect(() => reportPattern(path)).not.toThrow();
  });

  test.each(['../etc', 'a/../../b', '/', '//', '/.', '/*', '/**/*.xml', '', ' ', 'a\0b', 'a[', 'a\\'])(
    '%j is refused',
    (path) => {
      expect(() => reportPattern(path, '/app')).toThrow(/^report path ".*": /);
    },
  );
});

describe('a test', () => {
  test('is named after its command, its stage or its file', () => {
    const names = [{ run: '\n  npm test\nmore' }, { run: ['a', 'b c'] }, { target: 'lint' }, { checks: 'c.yaml' }];
    expect(names.map((given) => testSpec(given).name)).toEqual(['npm test', 'a b c', 'stage lint', 'c.yaml']);
    expect(testSpec({ run: 'x'.repeat(500) }).name).toHaveLength(120);
  });

  test('needs something to do', () => {
    for (const given of [{}, { run: '' }, { run: '  \n ' }])
      expect(() => testSpec(given)).toThrow(/^a test needs a command/);
  });
});
