import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { codesByExit, EXIT } from '../../src/cli/exit-code.ts';

const PROJECT = join(import.meta.dirname, '../..');
const page = readFileSync(join(PROJECT, 'docs/exit-codes.md'), 'utf8');
const [codes = '', errors = ''] = page.split('## Codes of errors');
const source = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts') && name !== 'cli/exit-code.ts')
  .map((name) => readFileSync(join(PROJECT, 'src', name), 'utf8'))
  .join('\n');

/** Numbers in the first cells of a page's tables. */
function numbers(text: string): number[] {
  return text
    .split('\n')
    .flatMap((line) => /^\|\s*([\d, ]+)\s*\|/.exec(line)?.[1]?.split(',') ?? [])
    .map(Number);
}

describe('docs/exit-codes.md', () => {
  test('has every exit code, and no other', () => {
    expect([...new Set(numbers(codes))].sort()).toEqual([...new Set(Object.values(EXIT))].sort());
  });

  test('names the errors behind each exit code, all of them and no other', () => {
    const told = Object.fromEntries(
      errors.split('\n').flatMap((line) => {
        const [, exit, list] = /^\|\s*(\d+)\s*\|(.*)\|$/.exec(line) ?? [];
        return exit === undefined ? [] : [[exit, [...list!.matchAll(/`([\w-]+)`/g)].map(([, code]) => code!).sort()]];
      }),
    );
    const known = Object.fromEntries([...codesByExit()].map(([exit, list]) => [String(exit), [...list].sort()]));
    expect(told).toEqual(known);
  });
});

test('every error that has an exit code is thrown somewhere', () => {
  // those in capitals are the system's
  const own = [...codesByExit().values()].flat().filter((code) => !/^[A-Z]/.test(code));
  expect(own.filter((code) => !source.includes(`'${code}'`))).toEqual([]);
});
