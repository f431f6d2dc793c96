import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { replaceProjectFile } from '../../src/cli/user-file.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('user-file');
const owner = { uid: process.getuid!(), gid: process.getgid!() };
const project = join(folder, 'project');
mkdirSync(join(project, 'inside'), { recursive: true });
mkdirSync(join(folder, 'outside'));
writeFileSync(join(folder, 'outside/victim'), 'precious');

test('a file of the project is written, and written over', async () => {
  for (const text of ['a longer text', 'short']) {
    await replaceProjectFile(project, 'inside/file', text, owner);
    expect(readFileSync(join(project, 'inside/file'), 'utf8')).toBe(text);
  }
  await replaceProjectFile(project, join(project, 'absolute'), 'x', owner);
  expect(readFileSync(join(project, 'absolute'), 'utf8')).toBe('x');
});

test.each([
  ['a link', 'link', () => symlinkSync(join(folder, 'outside/victim'), join(project, 'link')), /it is a link/],
  [
    'a folder that is a link',
    'away/victim',
    () => symlinkSync(join(folder, 'outside'), join(project, 'away')),
    /leads out of/,
  ],
  ['a path that climbs', '../outside/victim', () => {}, /leads out of/],
])('%s leads nowhere', async (_what, path, prepare, message) => {
  prepare();
  await expect(replaceProjectFile(project, path, 'overwritten', owner)).rejects.toThrow(message);
  expect(readFileSync(join(folder, 'outside/victim'), 'utf8')).toBe('precious');
});
