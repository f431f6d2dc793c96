import { mkdir, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { writeJunit } from '../../src/action/junit.ts';
import { reportXml } from '../../src/testing/report-xml.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const scratch = await scratchFolder('junit');
const blank = { attempts: 1, output: [], cases: [], reports: [], warnings: [] };
const tests = {
  passed: 1,
  failed: 1,
  skipped: 0,
  flaky: 0,
  broken: 0,
  durationMs: 1501,
  results: [
    { ...blank, name: 'good', outcome: 'passed' as const, durationMs: 1500 },
    {
      ...blank,
      name: '<bad> "1"',
      outcome: 'failed' as const,
      durationMs: 1,
      message: 'ended with 1',
      output: [']]> \u0007 &'],
    },
  ],
};

test('what tests said is text in the report, never XML', () => {
  expect(reportXml(tests)).toContain(
    '<testcase name="&#60;bad&#62; &#34;1&#34;" classname="containerize" time="0.001">',
  );
  expect(reportXml(tests)).toContain('>]]&#62; ? &#38;</failure>');
});

test('the report lies in the workspace, and no link leads it out', async () => {
  const workspace = await mkdtemp(join(scratch, 'w-'));
  const file = await writeJunit(workspace, 'out/results', tests);
  expect(await readFile(file, 'utf8')).toContain('<testsuite name="good" tests="1" failures="0"');
  await expect(writeJunit(workspace, '../out', tests)).rejects.toThrow(/expected a folder in the workspace/);
  await mkdir(join(scratch, 'elsewhere'));
  await symlink(join(scratch, 'elsewhere'), join(workspace, 'link'));
  await expect(writeJunit(workspace, 'link', tests)).rejects.toThrow(/leads out of the workspace/);
  await writeFile(join(scratch, 'elsewhere/profile'), 'mine');
  await mkdir(join(workspace, 'file'));
  await symlink(join(scratch, 'elsewhere/profile'), join(workspace, 'file/containerize.xml'));
  await writeJunit(workspace, 'file', tests);
  expect(await readFile(join(scratch, 'elsewhere/profile'), 'utf8')).toBe('mine');
});

test('secrets are in no text of it, also those that XML writes in another way', async () => {
  const workspace = await mkdtemp(join(scratch, 'w-'));
  const file = await writeJunit(
    workspace,
    '.',
    { ...tests, results: [{ ...tests.results[1]!, output: ['a <&"s3cret b'] }] },
    (text) => text.replaceAll('<&"s3cret', '***'),
  );
  expect(await readFile(file, 'utf8')).toContain('a *** b');
  expect(await readFile(file, 'utf8')).not.toContain('s3cret');
});
