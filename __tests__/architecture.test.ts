import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';

const SRC = resolve(import.meta.dirname, '../src');

/** The floors of the house, top to bottom: a file may import from its own row and from rows below, features not from each other. */
const FLOORS: readonly (readonly string[])[] = [
  ['action', 'cli', 'index.ts'],
  ['door'],
  ['pipeline'],
  ['build', 'testing', 'scan', 'attest', 'release'],
  ['services'],
  ['packages'],
  ['cache'],
  ['container'],
  ['network'],
  ['registry'],
  ['snapshot'],
  ['layer'],
  ['content'],
  ['runtime'],
  ['compose'],
  ['dockerfile'],
  ['oci'],
  [
    'reports.ts',
    'progress.ts',
    'errors.ts',
    'files.ts',
    'locks.ts',
    'owner.ts',
    'size.ts',
    'lists.ts',
    'http.ts',
    'http',
  ],
];

/** Files that may touch the process outside the doors, each with its reason. */
const PROCESS_EXCEPTIONS: Record<string, string> = {};

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
const imports = new Map(files.map((file) => [file, importsOf(file)]));

function importsOf(file: string): string[] {
  const text = readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const specifiers = [...text.matchAll(/(?:\bfrom\s+|\bimport\s+|\bimport\(\s*)'(\.[^']+)'/g)].map((m) => m[1]!);
  return specifiers.map((s) => relative(SRC, resolve(SRC, dirname(file), s)));
}

function floorOf(file: string): number {
  const room = file.split('/')[0]!;
  const floor = FLOORS.findIndex((row) => row.includes(room));
  if (floor < 0) throw new Error(`src/${file} is in no room of the house: add its room to FLOORS or move it`);
  return floor;
}

describe('the house', () => {
  test('no file imports from a floor above its own, and no feature imports another feature', () => {
    const wrong = [...imports].flatMap(([file, targets]) =>
      targets
        .filter(
          (target) =>
            floorOf(target) < floorOf(file) ||
            (floorOf(target) === floorOf(file) && floorOf(file) === 3 && target.split('/')[0] !== file.split('/')[0]),
        )
        .map((target) => `src/${file} imports src/${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test('every import names a file that is there', () => {
    const known = new Set(files);
    expect(
      [...imports].flatMap(([file, targets]) =>
        targets.filter((t) => !known.has(t)).map((t) => `src/${file} imports src/${t}`),
      ),
    ).toEqual([]);
  });

  test('no imports run in circles', () => {
    const state = new Map<string, 'open' | 'done'>();
    const circles: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        circles.push([...path.slice(path.indexOf(file)), file].join(' → '));
        return;
      }
      state.set(file, 'open');
      for (const target of imports.get(file) ?? []) visit(target, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of files) visit(file, []);
    expect(circles).toEqual([]);
  });

  test('only the doors touch the environment, the home folder and the exit code', () => {
    const doors = new Set(['action', 'cli', 'door']);
    const wrong = files.filter((file) => {
      if (doors.has(file.split('/')[0]!) || file in PROCESS_EXCEPTIONS) return false;
      return /process\.env\b|\bhomedir\(|process\.exit\b|process\.exitCode\b/.test(
        readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''),
      );
    });
    expect(wrong).toEqual([]);
  });

  test('only runtime/helper.ts spawns the helper', () => {
    const spawners = files.filter((file) =>
      /\bcontainerize-helper\b/.test(readFileSync(join(SRC, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')),
    );
    expect(spawners.filter((f) => f !== 'runtime/helper.ts' && !f.startsWith('door/'))).toEqual([]);
  });
});
