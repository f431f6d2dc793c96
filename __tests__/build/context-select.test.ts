import { describe, expect, test } from '@jest/globals';
import { isTarHeader, sniffCompression } from '../../src/build/context/archive.ts';
import { type CopyEntry, type CopySource, EntryDigest } from '../../src/build/context/entry.ts';
import { parseChmod } from '../../src/build/context/mode.ts';
import { select } from '../../src/build/context/select.ts';

/** A source in memory: paths, folders end in a slash. */
function source(...all: string[]): CopySource {
  const entries = new Map<string, CopyEntry>();
  const add = (path: string, type: 'file' | 'folder'): void => {
    entries.set(path, { path, type, mode: 0o644, uid: 0, gid: 0, size: 0 });
  };
  add('', 'folder');
  for (const path of all) {
    const parts = path.split('/');
    for (let n = 1; n < parts.length; n++) add(parts.slice(0, n).join('/'), 'folder');
    if (!path.endsWith('/')) add(path, 'file');
  }
  return {
    name: 'memory',
    root: async () => '/',
    find: async (path) => entries.get(path),
    names: async (path) => {
      const prefix = path === '' ? '' : `${path}/`;
      const below = [...entries.keys()].filter(
        (p) => p !== '' && p.startsWith(prefix) && !p.slice(prefix.length).includes('/'),
      );
      return below.map((p) => p.slice(prefix.length)).sort();
    },
    tree: () => [],
  };
}

async function selected(files: CopySource, text: string, parents = false): Promise<string[]> {
  const found = await select(files, [{ text }], { parents });
  return found.map(({ entry, kept, name }) => (parents ? `${entry.path} as ${kept}` : `${entry.path} as ${name}`));
}

describe('what sources name', () => {
  const files = source('a.ts', 'b.ts', 'src/c.ts', 'src/deep/d.ts', 'src/deep/x[1].ts', 'lib/e.js', 'empty/');

  test.each<[string, string[]]>([
    ['.', [' as ']],
    ['/', [' as ']],
    ['a.ts', ['a.ts as a.ts']],
    ['./src/', ['src as src']],
    ['../../a.ts', ['a.ts as a.ts']],
    ['*.ts', ['a.ts as a.ts', 'b.ts as b.ts']],
    ['?.ts', ['a.ts as a.ts', 'b.ts as b.ts']],
    ['[!a].ts', ['a.ts as a.ts']],
    ['[^a].ts', ['b.ts as b.ts']],
    ['*/*.ts', ['src/c.ts as c.ts']],
    ['**/d.ts', []],
    ['s*/d*/d.ts', ['src/deep/d.ts as d.ts']],
    ['src/*', ['src/c.ts as c.ts', 'src/deep as deep']],
    ['src/deep/x[[]1].ts', ['src/deep/x[1].ts as x[1].ts']],
    ['nothing*', []],
  ])('%s', async (text, expected) => {
    expect(await selected(files, text)).toEqual(expected);
  });

  test.each<[string, string[]]>([
    ['src/c.ts', ['src/c.ts as src/c.ts']],
    ['./src/./deep/d.ts', ['src/deep/d.ts as deep/d.ts']],
    ['src/./deep', ['src/deep as deep']],
    [
      '**/*.ts',
      [
        'a.ts as a.ts',
        'b.ts as b.ts',
        'src/c.ts as src/c.ts',
        'src/deep/d.ts as src/deep/d.ts',
        'src/deep/x[1].ts as src/deep/x[1].ts',
      ],
    ],
    ['src/**/d.ts', ['src/deep/d.ts as src/deep/d.ts']],
    ['./src/./**/d.ts', ['src/deep/d.ts as deep/d.ts']],
    ['s?c/./*.ts', ['src/c.ts as c.ts']],
  ])('%s with --parents', async (text, expected) => {
    expect((await selected(files, text, true)).sort()).toEqual(expected);
  });

  test('a bad pattern is an error with its place', async () => {
    const location = { file: 'Dockerfile', line: 3 };
    await expect(select(files, [{ text: '[a', location }], { parents: false })).rejects.toMatchObject({
      code: 'bad-option',
      location,
    });
  });
});

test('a pivot behind a wildcard keeps what is behind it', async () => {
  const files = source('pkg/one/src/a.ts', 'pkg/two/src/b.ts');
  expect(await selected(files, 'pkg/*/./src/*.ts', true)).toEqual([
    'pkg/one/src/a.ts as src/a.ts',
    'pkg/two/src/b.ts as src/b.ts',
  ]);
});

test('entries are digested with their lengths, so that nothing can move between neighbours', () => {
  const entry = (path: string, digest: string): CopyEntry => ({
    path,
    type: 'file',
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: 1,
    digest,
  });
  const of = (...names: [string, string][]): string => {
    const digest = new EntryDigest();
    for (const [name, content] of names) digest.add(entry(name, content), name);
    return digest.hex();
  };
  expect(new Set([of(['ab', 'c']), of(['a', 'bc']), of(['a', 'b'], ['c', '']), of(['a', ''], ['b', 'c'])]).size).toBe(
    4,
  );
});

test.each([
  ['755', 0o644, false, 0o755],
  ['u=rwX,go=rX', 0o600, false, 0o644],
  ['u=rwX,go=rX', 0o600, true, 0o755],
  ['+x', 0o644, false, 0o755],
  ['o=u', 0o750, false, 0o757],
  ['a-w', 0o777, true, 0o555],
  ['u+s,g+s,+t', 0o755, false, 0o7755],
  ['=', 0o7777, false, 0o1000],
])('chmod %s of %j', (text, mode, folder, expected) => {
  expect(parseChmod(text)(mode, folder).toString(8)).toBe(expected.toString(8));
});

test('archives are told by their first bytes', () => {
  expect(sniffCompression(Buffer.from('1f8b08', 'hex'))).toBe('gzip');
  expect(sniffCompression(Buffer.from('BZh91AY'))).toBe('bzip2');
  expect(sniffCompression(Buffer.from('fd377a585a00', 'hex'))).toBe('xz');
  expect(sniffCompression(Buffer.from('28b52ffd', 'hex'))).toBe('zstd');
  expect(sniffCompression(Buffer.from(''))).toBe('none');
  expect(isTarHeader(Buffer.alloc(512))).toBe(false);
  expect(isTarHeader(Buffer.alloc(100))).toBe(false);
});
