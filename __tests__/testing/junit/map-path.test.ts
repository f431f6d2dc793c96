import { expect, test } from '@jest/globals';
import { mapPath } from '../../../src/testing/junit/map-path.ts';

const repository = new Set(['src/a.ts', 'index.js', 'services/api/src/b.py', 'services/api/main.py']);
const map = (file: string, workingDir = '/app', folder = '.') =>
  mapPath(file, workingDir, folder, async (path) => repository.has(path));

test('a path of the container is found in the repository by its end', async () => {
  expect(await map('/app/src/a.ts')).toBe('src/a.ts');
  expect(await map('src/a.ts')).toBe('src/a.ts');
  expect(await map('./src/a.ts')).toBe('src/a.ts');
  expect(await map('/build/x/src/a.ts')).toBe('src/a.ts');
});

test('the build context comes first', async () => {
  expect(await map('/app/src/b.py', '/app', 'services/api')).toBe('services/api/src/b.py');
  expect(await map('main.py', '/app', 'services/api')).toBe('services/api/main.py');
});

test('a bare name counts in the working directory alone', async () => {
  expect(await map('/app/index.js')).toBe('index.js');
  expect(await map('/usr/lib/x/index.js')).toBeUndefined();
  expect(await map('../../etc/passwd')).toBeUndefined();
});

test('a path of an attacker costs no time: very long, or of very many folders', async () => {
  const began = performance.now();
  expect(await map(`${'a/'.repeat(200_000)}src/a.ts`)).toBeUndefined();
  let asked = 0;
  const deep = `/${'a/'.repeat(2000)}src/a.ts`;
  const found = await mapPath(deep, '/app', '.', async (path) => {
    asked++;
    return repository.has(path);
  });
  expect(found).toBe('src/a.ts');
  expect(asked).toBeLessThan(100);
  expect(performance.now() - began).toBeLessThan(1000);
});
