import { expect, test } from '@jest/globals';
import { earlier, folderNames } from '../../src/testing/folder-names.ts';

test('a test has a folder with a name like its own', () => {
  expect(folderNames(['npm test', 'make check && echo "ok"', 'unit_1.2'])).toEqual([
    'npm-test',
    'make-check-echo-ok',
    'unit_1.2',
  ]);
});

test.each(['../../etc', '/etc/passwd', '.git', '..', '-rf', '🎉', '', 'a/../b', 'nul\0l', 'x'.repeat(500)])(
  'no name leads out, is hidden, empty or long: %j',
  (name) => {
    const [folder] = folderNames([name]);
    expect(folder).toMatch(/^[\w][\w.-]{0,59}$/);
    expect(folder).not.toMatch(/[.-]$/);
  },
);

test('no two tests share a folder, capitals or not', () => {
  const folders = folderNames(['npm test', 'npm-test', 'NPM TEST', 'npm test']);
  expect(new Set(folders.map((folder) => folder.toLowerCase())).size).toBe(4);
});

test('the folder of attempts is no other test’s', () => {
  for (const names of [
    ['unit', 'unit.attempts'],
    ['unit.attempts', 'unit'],
    ['unit', 'unit.attempts', 'unit'],
  ]) {
    const folders = folderNames(names);
    const all = folders.flatMap((folder) => [folder, earlier(folder)]);
    expect(new Set(all).size).toBe(all.length);
  }
});

test('the merged report has its place', () => {
  expect(folderNames(['containerize.xml'])).toEqual(['containerize.xml-2']);
});
