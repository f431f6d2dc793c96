import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { loadConfig } from '../../../src/pipeline/config/config.ts';
import { CommandLine } from '../../helpers/command-line.ts';
import { scratchFolder } from '../../helpers/scratch.ts';

const folder = await scratchFolder('init');

test('init shows, writes what containerize ci takes, and never over what is there', async () => {
  const cli = new CommandLine(folder);
  const cwd = join(folder, 'cwd');
  expect(await cli.run(['init'])).toMatchObject({ code: 66, stderr: expect.stringContaining('no Dockerfile') });
  await mkdir(join(cwd, 'docker'), { recursive: true });
  await writeFile(join(cwd, 'docker/Dockerfile'), 'FROM busybox\n');
  const shown = await cli.ok(['init', '--print']);
  expect(existsSync(join(cwd, 'containerize.yml'))).toBe(false);
  expect(await cli.ok(['init'])).toBe(shown);
  const config = loadConfig(await readFile(join(cwd, 'containerize.yml'), 'utf8'), 'containerize.yml', {});
  expect(config.images[0]).toMatchObject({ build: { context: '.', dockerfile: 'docker/Dockerfile' } });
  const workflow = parse(await readFile(join(cwd, '.github/workflows/containerize.yml'), 'utf8'));
  expect(workflow.permissions).toEqual({ contents: 'read', packages: 'write' });
  const ignore = join(cwd, '.dockerignore');
  expect(await readFile(ignore, 'utf8')).toContain('\ntest-results\n');
  await writeFile(ignore, 'mine\n');
  await writeFile(join(cwd, 'containerize.yml'), '# mine\n');
  expect(await cli.run(['init'])).toMatchObject({ code: 1, stderr: expect.stringContaining('nothing was written') });
  expect(await readFile(join(cwd, 'containerize.yml'), 'utf8')).toBe('# mine\n');
  await cli.ok(['init', '--force']);
  expect(await readFile(join(cwd, 'containerize.yml'), 'utf8')).not.toBe('# mine\n');
  expect(await readFile(ignore, 'utf8')).toBe('mine\n');
});
