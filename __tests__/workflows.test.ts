import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parseDocument } from 'yaml';

const PROJECT = join(import.meta.dirname, '..');
const files = ['workflows-examples', '.github/workflows'].flatMap((folder) =>
  readdirSync(join(PROJECT, folder))
    .filter((name) => name.endsWith('.yml'))
    .map((name) => `${folder}/${name}`),
);
const action = parsed('action.yml') as unknown as { inputs: object; outputs: object };

interface Step {
  id?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}
interface Workflow {
  name: string;
  on: unknown;
  permissions: Record<string, string>;
  jobs: Record<string, { steps: Step[]; 'runs-on': unknown; needs?: string | string[] }>;
}

function parsed(file: string): Workflow {
  const document = parseDocument(readFileSync(join(PROJECT, file), 'utf8'), { strict: true, uniqueKeys: true });
  expect(document.errors).toEqual([]);
  return document.toJS() as Workflow;
}

const KEYS = ['name', 'on', 'permissions', 'concurrency', 'env', 'jobs', 'defaults'];

describe.each(files)('%s', (file) => {
  const workflow = parsed(file);
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);
  const ours = steps.filter((step) => step.uses?.startsWith('org/containerize@'));

  test('is a workflow that says what it may do', () => {
    expect(Object.keys(workflow).filter((key) => !KEYS.includes(key))).toEqual([]);
    expect(workflow.permissions).toBeDefined();
    for (const [name, job] of Object.entries(workflow.jobs)) {
      expect([name, job['runs-on']]).not.toContain(undefined);
      for (const needed of [job.needs ?? []].flat()) expect(Object.keys(workflow.jobs)).toContain(needed);
    }
  });

  test('gives the Action only inputs that it has, and reads only outputs that it has', () => {
    for (const step of ours) {
      for (const input of Object.keys(step.with ?? {})) expect(Object.keys(action.inputs)).toContain(input);
    }
    const text = readFileSync(join(PROJECT, file), 'utf8');
    for (const { id } of ours.filter((step) => step.id !== undefined))
      for (const [, output] of text.matchAll(new RegExp(`steps\\.${id}\\.outputs\\.([\\w-]+)`, 'g')))
        expect(Object.keys(action.outputs)).toContain(output);
  });

  test('may write packages where it pushes or moves tags', () => {
    const writes = ours.some(({ with: inputs = {} }) =>
      Boolean(
        inputs.push ||
          String(inputs.outputs ?? '').includes('push') ||
          /release|promote|rollback|merge/.test(String(inputs.command)),
      ),
    );
    if (writes) expect(workflow.permissions.packages).toBe('write');
  });

  test('puts no expression into a shell, where a branch’s name would be a program', () => {
    for (const { run = '' } of steps) expect(run).not.toMatch(/\$\{\{/);
  });

  test('names a version of every action', () => {
    for (const { uses } of steps) if (uses !== undefined) expect(uses).toMatch(/^[\w-]+\/[\w-]+@v\d+$/);
  });
});

test('every kind of workflow has an example', () => {
  const names = readdirSync(join(PROJECT, 'workflows-examples'));
  for (const name of [
    'build-test-push',
    'multi-platform',
    'release-on-tag',
    'promote',
    'rollback',
    'monorepo',
    'self-hosted-rootless',
  ])
    expect(names).toContain(`${name}.yml`);
});
