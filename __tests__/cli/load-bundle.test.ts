import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { makeScratch } from '../helpers/make-scratch.ts';

const LOADER = join(import.meta.dirname, '../../src/cli/load-bundle.ts');
let folder: string;
let cache: string;

beforeEach(() => {
  folder = makeScratch('bundle');
  cache = join(folder, 'cache');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Loads a bundle of this text, calls what it exports, and ends with the code that that gives. */
function run(text: string, digest = 'a'.repeat(64)): { status: number | null; stdout: string } {
  const file = join(folder, 'main.cjs');
  writeFileSync(file, text);
  const script = `const {loadBundle}=await import(${JSON.stringify(LOADER)});process.exit(loadBundle(${JSON.stringify(file)},'${digest}',${JSON.stringify(cache)}).main())`;
  return spawnSync(process.execPath, ['--no-warnings', '--input-type=module', '-e', script], { encoding: 'utf8' });
}

const kept = () => {
  try {
    return readdirSync(cache).filter((name) => !name.endsWith('.runs'));
  } catch {
    return [];
  }
};

describe('the bundle', () => {
  const hello = "exports.main=()=>{console.log('hello',require('node:path').basename(__filename));return 0}";

  test('runs alike with and without the code of an earlier run', () => {
    expect(run(hello)).toMatchObject({ status: 0, stdout: 'hello main.cjs\n' });
    const [name] = kept();
    expect(name).toContain(process.version);
    expect(readFileSync(join(cache, name!)).length).toBeGreaterThan(100);
    for (let i = 0; i < 4; i++) expect(run(hello)).toMatchObject({ status: 0, stdout: 'hello main.cjs\n' });
    expect(kept()).toEqual([name]);
  });

  test('adds what a later run compiled to what the first one kept', () => {
    const flag = join(folder, 'flag');
    const much = Array.from({ length: 200 }, (_, i) => `function f${i}(x){return x*${i}+[${i},x].length}`).join(';');
    const sum = Array.from({ length: 200 }, (_, i) => `f${i}(${i})`).join('+');
    const text = `${much};exports.main=()=>{if(require('node:fs').existsSync(${JSON.stringify(flag)}))console.log(${sum});return 0}`;
    run(text);
    const size = () => readFileSync(join(cache, kept()[0]!)).length;
    const small = size();
    writeFileSync(flag, '');
    run(text);
    expect(size()).toBeGreaterThan(small + 1000);
  });

  test('keeps nothing of a run that failed', () => {
    expect(run('exports.main=()=>3').status).toBe(3);
    expect(kept()).toEqual([]);
  });

  test('does not run what a crash left of the cache', () => {
    run(hello);
    const path = join(cache, kept()[0]!);
    const bytes = readFileSync(path);
    bytes.fill(0, bytes.length >> 1);
    writeFileSync(path, bytes);
    expect(run(hello)).toMatchObject({ status: 0, stdout: 'hello main.cjs\n' });
    writeFileSync(path, '');
    expect(run(hello)).toMatchObject({ status: 0, stdout: 'hello main.cjs\n' });
  });

  test('of another text is not mistaken for the old one, though it is as long', () => {
    run(hello);
    const other = hello.replace('hello', 'jello');
    expect(run(other, 'b'.repeat(64)).stdout).toBe('jello main.cjs\n');
  });

  test('runs where no cache can be kept', () => {
    writeFileSync(cache, 'a file');
    chmodSync(cache, 0o400);
    expect(run(hello)).toMatchObject({ status: 0, stdout: 'hello main.cjs\n' });
  });
});
