import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from '@jest/globals';
import { type OutputFolder, outputFolder, roomIn } from '../../src/testing/output-folder.ts';
import { scratchFolder } from '../helpers/scratch.ts';
import { emptyFolder, helper } from '../layer/layer-fixture.ts';

const scratch = await scratchFolder('output-folder');
const owner = { uid: process.getuid!(), gid: process.getgid!() };
let cwd: string;
const makeRoom = async (...given: Parameters<typeof roomIn>): Promise<void> => (await roomIn(...given))();
const open = (given: string): Promise<OutputFolder> => outputFolder(given, cwd, owner);

beforeEach(() => {
  cwd = emptyFolder(scratch);
});

describe('the folder for what tests leave', () => {
  test('inside the working directory it is known from there, outside from what is there', async () => {
    expect(await open('a/b')).toEqual({ anchor: cwd, path: 'a/b', owner });
    expect(await open('.')).toEqual({ anchor: cwd, path: '', owner });
    const outside = emptyFolder(scratch);
    expect(await open(join(outside, 'x/y'))).toEqual({ anchor: outside, path: 'x/y', owner });
  });

  test('what an earlier run made is cleared away, its attempts too', async () => {
    const output = await open('results');
    await makeRoom(helper, output, ['unit', 'lint']);
    for (const folder of ['unit', 'unit.attempts', 'lint', 'of-another-run']) {
      await mkdir(join(cwd, 'results', folder), { recursive: true });
      await writeFile(join(cwd, 'results', folder, 'old.xml'), 'old');
    }
    await makeRoom(helper, output, ['unit']);
    expect((await readdir(join(cwd, 'results'))).sort()).toEqual(['.containerize-tests', 'lint', 'of-another-run']);
    await makeRoom(helper, output, ['lint']);
    expect((await readdir(join(cwd, 'results'))).sort()).toEqual(['.containerize-tests', 'of-another-run']);
  });

  test('what no run of tests made is never removed: the user hears of it', async () => {
    await mkdir(join(cwd, 'src'));
    await writeFile(join(cwd, 'src/precious'), 'mine');
    await expect(open('.').then((output) => makeRoom(helper, output, ['src']))).rejects.toMatchObject({
      code: 'bad-output-folder',
      message: 'src is there already, and no test run made it: reports of a test would take its place',
    });
    expect(await readFile(join(cwd, 'src/precious'), 'utf8')).toBe('mine');
  });

  test('a link in the place of the list or of a folder leads nowhere', async () => {
    const outside = emptyFolder(scratch);
    await writeFile(join(outside, 'list'), 'src\n');
    await mkdir(join(cwd, 'r'));
    await mkdir(join(cwd, 'r/src'));
    await symlink(join(outside, 'list'), join(cwd, 'r/.containerize-tests'));
    await expect(open('r').then((output) => makeRoom(helper, output, ['src']))).rejects.toThrow(/is there already/);
    await open('r').then((output) => makeRoom(helper, output, ['unit']));
    expect((await lstat(join(cwd, 'r/.containerize-tests'))).isFile()).toBe(true);
    expect(await readFile(join(outside, 'list'), 'utf8')).toBe('src\n');
  });
});
