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
