import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { CopyError } from '../../src/build/context/error.ts';
import { FileDigester } from '../../src/build/context/file-digest.ts';
import { BuildContext } from '../../src/build/context.ts';
import { parseIgnore } from '../../src/dockerfile/ignore.ts';
import { makeScratch, removeScratch } from '../helpers/make-scratch.ts';

let scratch: string;
let folder: string;
let cacheFolder: string;

beforeEach(() => {
  scratch = makeScratch('context');
  folder = join(scratch, 'context');
  cacheFolder = join(scratch, 'cache');
  mkdirSync(folder);
});

afterEach(() => removeScratch(scratch));

function write(files: Record<string, string | Buffer>, root = folder): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
}

async function open(ignore?: string): Promise<BuildContext> {
  return BuildContext.open({
    folder,
    cacheFolder,
    ...(ignore === undefined ? {} : { ignore: parseIgnore(ignore, '.dockerignore') }),
  });
}

/** Digest by a context of its own, as a build makes it; what it learnt is kept. */
async function digest(path = '', ignore?: string): Promise<string | undefined> {
  const context = await open(ignore);
  const result = await context.digest(path);
  await context.close();
  return result;
}

async function paths(context: BuildContext, path = ''): Promise<string[]> {
  const entry = await context.find(path);
  const found: string[] = [];
  for await (const { path: p } of context.tree(entry!)) found.push(p);
  return found;
}

describe('opening', () => {
  test('what is not there, or no folder, is named', async () => {
    await expect(BuildContext.open({ folder: join(scratch, 'nope') })).rejects.toThrow(
      /the build context was not found: there is no .*nope/,
    );
    write({ file: 'x' });
    await expect(BuildContext.open({ folder: join(folder, 'file'), name: 'context docs' })).rejects.toThrow(
      /context docs must be a folder/,
    );
  });
});

describe('what a context shows', () => {
  test('is in order, parents first', async () => {
    write({ 'b/x': '1', 'a/y/z': '2', 'a/b': '3', c: '4' });
    expect(await paths(await open())).toEqual(['', 'a', 'a/b', 'a/y', 'a/y/z', 'b', 'b/x', 'c']);
  });

  test('leaves out what is ignored, and folders that hold nothing else when they are ignored', async () => {
    write({
      'keep/a': '1',
      'logs/b.log': '2',
      'docs/a.md': '3',
      'docs/deep/b.txt': '4',
      'docs/deep/c.md': '5',
      'node_modules/p/i.js': '6',
    });
    const context = await open('**/*.log\ndocs\n!docs/**/*.md\nnode_modules\n');
    expect(await paths(context)).toEqual([
      '',
      'docs',
      'docs/a.md',
      'docs/deep',
      'docs/deep/c.md',
      'keep',
      'keep/a',
      'logs',
    ]);
    expect(await context.find('node_modules/p/i.js')).toBeUndefined();
    expect(await context.find('docs/deep/b.txt')).toBeUndefined();
    expect(await context.find('docs/deep/c.md')).toBeDefined();
    expect(await context.names('')).toEqual(['docs', 'keep', 'logs']);
    expect(await context.names('docs/deep')).toEqual(['c.md']);
  });

  test('does not read folders that are ignored', async () => {
    write({ a: '1', 'secret/.wh.bad': 'would be refused' });
    expect(await paths(await open('secret'))).toEqual(['', 'a']);
    await expect(paths(await open())).rejects.toThrow(CopyError);
  });

  test('follows links inside of it only', async () => {
    write({ 'd/f': 'x' });
    symlinkSync('../../../../etc', join(folder, 'up'));
    symlinkSync('/etc', join(folder, 'abs'));
    symlinkSync('loop', join(folder, 'loop'));
    symlinkSync('d', join(folder, 'good'));
    const context = await open();
    expect(await context.find('up/passwd')).toBeUndefined();
    expect(await context.find('abs/passwd')).toBeUndefined();
    expect(await context.find('good/f')).toMatchObject({ path: 'd/f', type: 'file' });
    await expect(context.find('loop')).rejects.toThrow('they go in a circle');
    expect(await context.find('d/f/x')).toBeUndefined();
    expect(await context.find('../../d/f')).toMatchObject({ path: 'd/f' });
  });

  test('names that are not UTF-8, and those that mean deleted files, are refused by name', async () => {
    execFileSync('sh', ['-c', 'printf x > "$1/$(printf "bad\\377")"', 'sh', folder]);
    await expect(digest()).rejects.toMatchObject({ code: 'bad-name' });
    rmSync(folder, { recursive: true });
    write({ 'a/.wh..wh..opq': '' });
    await expect(digest()).rejects.toThrow('a/.wh..wh..opq');
  });
});

describe('a digest', () => {
  test('is the same from every place, umask, owner and time', async () => {
    write({ 'one/a': 'A', 'one/s/b': 'B', 'two/a': 'A', 'two/s/b': 'B' });
    chmodSync(join(folder, 'two/a'), 0o664);
    chmodSync(join(folder, 'two/s'), 0o777);
    utimesSync(join(folder, 'two/a'), 1, 1);
    expect(await digest('one')).toBe(await digest('two'));
    expect(await digest('one/a')).toBe(await digest('two/a'));
    chmodSync(join(folder, 'two/a'), 0o755);
    expect(await digest('one')).not.toBe(await digest('two'));
  });

  test('is unknown for what is not there', async () => {
    expect(await digest('nope')).toBeUndefined();
  });

  test('knows empty, small, middle and large files', async () => {
    const sizes = [0, 1, 128 * 1024, 128 * 1024 + 1, 8 * 1024 * 1024, 8 * 1024 * 1024 + 1];
    write(Object.fromEntries(sizes.map((size) => [`f${size}`, Buffer.alloc(size, 7)])));
    const context = await open();
    for (const size of sizes) {
      const entry = await context.find(`f${size}`);
      for await (const { digest: found } of context.tree(entry!)) {
        expect(found).toBe(execFileSync('sha256sum', [join(folder, `f${size}`)], { encoding: 'utf8' }).slice(0, 64));
      }
    }
    expect(await digest()).toBe(await digest());
  });

  test.each([[20], [4], [0]])('a file of %s MiB that is not the same after reading is an error', async (size) => {
    write({ big: Buffer.alloc(size * 1024 * 1024 + 10) });
    const path = join(folder, 'big');
    const before = lstatSync(path);
    if (size === 0) write({ big: 'other' });
    const work = new FileDigester().digest(path, before, 'big').then(({ digest: bytes }) => bytes);
    if (size > 0) write({ big: Buffer.alloc((size + 1) * 1024 * 1024) });
    await expect(work).rejects.toThrow('big changed while the build was reading it');
  });

  test('of many large files at once stays within few bytes of memory', async () => {
    write(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`f${i}`, Buffer.alloc(7 * 1024 * 1024, i)])));
    const before = process.memoryUsage().rss;
    await digest();
    expect(process.memoryUsage().rss - before).toBeLessThan(160 * 1024 * 1024);
  });
});

describe('the stat cache', () => {
  const settled = 150;

  test('gives the same digest as reading, after every kind of change', async () => {
    write({ 'a/x': '1', 'a/y': '2', 'b/z': '3', w: '4' });
    await pause(settled);
    const seen = new Map<string, string>();
    const check = async (what: string): Promise<void> => {
      const cached = (await digest())!;
      rmSync(cacheFolder, { recursive: true, force: true });
      expect(`${what} ${cached}`).toBe(`${what} ${await digest()}`);
      seen.set(cached, what);
      await pause(settled);
      await digest();
    };
    await check('nothing');
    write({ 'a/x': '9' });
    await check('content');
    write({ 'a/new': '5' });
    await check('new');
    rmSync(join(folder, 'a/y'));
    await check('removed');
    rmSync(join(folder, 'b'), { recursive: true });
    await check('folder removed');
    write({ 'b/z': 'back' });
    await check('folder back');
    expect(seen.size).toBe(6);
  });

  test('is not fooled by a change within one tick of the clock with size and time put back', async () => {
    for (let round = 0; round < 60; round++) {
      write({ f: 'A' });
      utimesSync(join(folder, 'f'), 1000, 1000);
      const before = await digest();
      write({ f: 'B' });
      utimesSync(join(folder, 'f'), 1000, 1000);
      expect(await digest()).not.toBe(before);
    }
  });

  test('is used for a file that is asked for alone, and for its folder after that', async () => {
    write({ 'a/x': '1', 'a/y': '2' });
    await pause(settled);
    const alone = await digest('a/x');
    const all = await digest('a');
    expect(await digest('a/x')).toBe(alone);
    expect(await digest('a')).toBe(all);
    expect(readdirSync(cacheFolder)).toHaveLength(1);
  });

  test('that is damaged, cut or from elsewhere is not believed', async () => {
    write({ 'a/x': '1', 'a/y': '2' });
    await pause(settled);
    const right = await digest();
    const file = join(cacheFolder, readdirSync(cacheFolder)[0]!);
    const bytes = readFileSync(file);
    for (const damaged of [Buffer.alloc(0), bytes.subarray(0, -1), Buffer.alloc(bytes.length), Buffer.from('x')]) {
      writeFileSync(file, damaged);
      expect(await digest()).toBe(right);
    }
    for (let at = 0; at < bytes.length; at += 7) {
      const flipped = Buffer.from(bytes);
      flipped[at]! ^= 0xff;
      writeFileSync(file, flipped);
      expect(await digest()).toBe(right);
    }
  });

  test('is written by several at once without harm, and leaves no temporary files', async () => {
    write(Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`d${i}/f`, `${i}`])));
    await pause(settled);
    const all = await Promise.all(Array.from({ length: 8 }, () => digest()));
    expect(new Set(all).size).toBe(1);
    expect(readdirSync(cacheFolder).filter((name) => !name.endsWith('.stat'))).toEqual([]);
  });

  test('that cannot be written does not matter', async () => {
    write({ a: '1' });
    writeFileSync(cacheFolder, 'a file in the way');
    await pause(settled);
    expect(await digest()).toMatch(/^sha256:/);
    expect(existsSync(cacheFolder)).toBe(true);
  });

  test('forgets folders that are gone', async () => {
    write({ 'a/x': '1', 'b/y': '2', 'b/c/z': '3' });
    await pause(settled);
    await digest();
    rmSync(join(folder, 'b'), { recursive: true });
    write({ 'a/new': '4' });
    await pause(settled);
    await digest();
    const file = join(cacheFolder, readdirSync(cacheFolder)[0]!);
    expect(readFileSync(file, 'latin1')).not.toContain('b/c');
  });
});

describe('growth', () => {
  test('time and memory are near linear in the number of files', async () => {
    const make = (count: number): void => {
      for (let i = 0; i < count; i++) {
        if (i % 100 === 0) mkdirSync(join(folder, `n${count}/d${i / 100}`), { recursive: true });
        writeFileSync(join(folder, `n${count}/d${Math.floor(i / 100)}/f${i}`), `${i}`);
      }
    };
    // Processor time, the best of three: other work of the machine should not count.
    const timed = async (path: string): Promise<number> => {
      const times: number[] = [];
      for (let round = 0; round < 3; round++) {
        const began = process.cpuUsage();
        await digest(path);
        const { user, system } = process.cpuUsage(began);
        times.push((user + system) / 1000);
      }
      return Math.min(...times);
    };
    make(1000);
    make(20_000);
    await pause(settledLong);
    await digest('n1000');
    await digest('n20000');
    const small = await timed('n1000');
    const before = process.memoryUsage().rss;
    const large = await timed('n20000');
    // 20 times as many files: quadratic would be 400 times.
    expect(large).toBeLessThan(Math.max(small, 5) * 100);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });
});

const settledLong = 200;

test('waiting readers all get their turn', async () => {
  write(Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`f${i}`, Buffer.alloc(6 * 1024 * 1024, i)])));
  const digester = new FileDigester();
  const results = await Promise.all(
    Array.from({ length: 12 }, async (_, i) => {
      const path = join(folder, `f${i}`);
      return (await (await digester.digest(path, lstatSync(path), path)).digest).toString('hex');
    }),
  );
  expect(new Set(results).size).toBe(12);
});
