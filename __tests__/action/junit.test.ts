import { mkdir, mkdtemp, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { junitOf, writeJunit } from '../../src/action/junit.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const scratch = await scratchFolder('junit');
const tests = {
  passed: 1,
  failed: 1,
  skipped: 0,
  flaky: 0,
  rows: [
    { name: 'good', outcome: 'passed' as const, milliseconds: 1500, output: [] },
    {
      name: '<bad> "1"',
      outcome: 'failed' as const,
      milliseconds: 1,
      message: 'ended with 1',
      output: [']]> \u0007 &'],
    },
  ],
};

test('what tests said is text in the report, never XML', () => {
  expect(junitOf(tests)).toContain('<testcase name="&#60;bad&#62; &#34;1&#34;" classname="containerize" time="0.001">');
  expect(junitOf(tests)).toContain('>]]&#62; ? &#38;</failure>');
});

test('the report lies in the workspace, and no link leads it out', async () => {
  const workspace = await mkdtemp(join(scratch, 'w-'));
  const file = await writeJunit(workspace, 'out/results', tests);
  expect(await readFile(file, 'utf8')).toContain('tests="2" failures="1"');
  await expect(writeJunit(workspace, '../out', tests)).rejects.toThrow(/expected a folder in the workspace/);
  await mkdir(join(scratch, 'elsewhere'));
  await symlink(join(scratch, 'elsewhere'), join(workspace, 'link'));
  await expect(writeJunit(workspace, 'link', tests)).rejects.toThrow(/leads out of the workspace/);
});
