import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { outputTexts } from '../../src/action/outputs.ts';

const PROJECT = join(import.meta.dirname, '../..');
const action = parse(readFileSync(join(PROJECT, 'action.yml'), 'utf8')) as {
  inputs: Record<string, { description: string; default?: string }>;
  outputs: Record<string, { description: string }>;
  runs: Record<string, string>;
};

/** Rows of the table under a heading. */
function rows(heading: string): string[] {
  const text = readFileSync(join(PROJECT, 'docs/action.md'), 'utf8');
  const section = text.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return section.split('\n').filter((line) => line.startsWith('| `'));
}

const cell = (text: string): string => text.replaceAll('|', '\\|');

test('docs/action.md lists the inputs of action.yml', () => {
  expect(rows('Inputs')).toEqual(
    Object.entries(action.inputs).map(
      ([name, input]) =>
        `| \`${name}\` | ${input.default ? `\`${input.default}\`` : ''} | ${cell(input.description)} |`,
    ),
  );
});

test('docs/action.md lists the outputs of action.yml', () => {
  expect(rows('Outputs')).toEqual(
    Object.entries(action.outputs).map(([name, output]) => `| \`${name}\` | ${cell(output.description)} |`),
  );
});

test('action.yml names every output that is set, and the bundles', () => {
  const all = outputTexts({
    digest: '',
    imageid: '',
    metadata: {},
    tags: [],
    version: '',
    labels: {},
    json: {},
    images: {},
    testReport: '',
    cacheHit: true,
    changed: true,
    fromDigest: '',
    toDigest: '',
    undoCommand: '',
    matrix: {},
  }).map(([name]) => name);
  expect(all.sort()).toEqual(Object.keys(action.outputs).sort());
  expect(action.runs).toEqual({
    using: 'node24',
    main: 'dist/action/main.cjs',
    post: 'dist/action/post.cjs',
    'post-if': 'always()',
  });
});
