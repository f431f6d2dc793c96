import { describe, expect, test } from '@jest/globals';
import { loadConfig } from '../../../src/pipeline/config/config.ts';
import type { Changes } from '../../../src/pipeline/plan/changed-images.ts';
import { planPipeline } from '../../../src/pipeline/plan/pipeline.ts';

const laptop = { provider: 'none', event: 'push', ref: '', sha: '' } as const;

async function plans(text: string, changes: Changes, more: { only?: string[]; folder?: string } = {}) {
  const all = await planPipeline(loadConfig(text, 'containerize.yml', {}), laptop, {
    folder: '/repo/deploy',
    file: 'containerize.yml',
    now: new Date(),
    push: true,
    changes: async () => changes,
    ...more,
  });
  return Object.fromEntries(all.map((plan) => [plan.name, plan]));
}

const since = (...files: string[]): Changes => ({ since: 'main', files });
const MONO = `
tags: [one]
changed: auto
images:
  base: {image: r.example/base, build: {context: ../base}}
  api:
    image: r.example/api
    build: {context: ../api, additional_contexts: {base: 'image:base', lib: ../lib}}
    tests: [{checks: checks/api.yml}]
  web: {image: r.example/web, build: {context: ../web, dockerfile: ../docker/web.Dockerfile}, changed: ['../web/**', '!**/*.md']}
  job: {image: r.example/job, build: ../job, depends_on: [web]}
`;
const built = (all: Awaited<ReturnType<typeof plans>>) =>
  Object.values(all)
    .filter(({ build }) => build.does)
    .map(({ name }) => name);

describe('images with `changed`', () => {
  test.each([
    ['../api/src/main.ts', ['base', 'api']],
    ['../lib/x', ['base', 'api']],
    ['checks/api.yml', ['base', 'api']],
    ['../base/Dockerfile', ['base', 'api']],
    ['../web/index.html', ['web']],
    ['../web/readme.md', []],
    ['../docker/web.Dockerfile', []],
    ['../website/x', []],
    ['../jobs/x', []],
    ['../job', ['job']],
    ['test-results/api/t/junit.xml', []],
    ['containerize.yml', ['base', 'api', 'web', 'job']],
  ])('%s decides', async (file, names) => {
    expect(built(await plans(MONO, since(file)))).toEqual(names);
  });

  test('an unchanged image that a changed one is built from is built for that one only', async () => {
    const { base, api, web } = await plans(MONO, since('../api/a', '../api/b'));
    expect(base).toMatchObject({
      build: { does: true, only: true, why: 'for api, which is built from it (nothing of it changed since main)' },
      push: { does: false },
    });
    expect(api).toMatchObject({ build: { why: '../api/a and 1 more changed since main' }, push: { does: true } });
    expect(web).toMatchObject({
      build: { does: false },
      push: { does: false, why: 'nothing of it changed since main' },
    });
  });

  test('one that is built from a changed one counts as changed; an order alone does not', async () => {
    const { api } = await plans(MONO, since('../base/Dockerfile'));
    expect(api).toMatchObject({
      build: { does: true, why: 'base, which it is built from, changed' },
      push: { does: true },
    });
    expect(built(await plans(MONO, since('../web/a')))).not.toContain('job');
  });

  test('where git cannot tell, everything is built and the reason said', async () => {
    const all = await plans(MONO, { unknown: 'the clone is shallow' });
    expect(built(all)).toHaveLength(4);
    expect(all.web!.build.why).toBe('the clone is shallow');
  });

  test('without `changed` git is not even asked', async () => {
    const config = loadConfig('images: {a: {image: r.example/a}}', 'containerize.yml', {});
    const options = { folder: '/repo', file: 'containerize.yml', now: new Date() };
    const changes = () => Promise.reject(new Error('asked'));
    expect(await planPipeline(config, laptop, { ...options, changes })).toHaveLength(1);
  });

  test('of images that are asked for, what they are built from comes along, untested and unpushed', async () => {
    const all = await plans(MONO.replace('changed: auto', ''), since(), { only: ['api'] });
    expect(Object.keys(all)).toEqual(['base', 'api']);
    expect(all.base).toMatchObject({ build: { only: true }, push: { does: false }, tests: [] });
    const changed = await plans(MONO, since('../base/x'), { only: ['api'] });
    expect(changed.api!.build.does).toBe(true);
  });

  test('what tests left in the context changes nothing', async () => {
    const text = 'tags: [one]\nimage: r.example/a\nchanged: auto\n';
    expect(built(await plans(text, since('test-results/a/x')))).toEqual([]);
    expect(built(await plans(text, since('test-results.md')))).toEqual(['a']);
  });

  test('two images under one name are refused', async () => {
    const text = 'tags: [one]\nimages:\n  a: {image: r.example/x}\n  b: {image: r.example/x}\n';
    await expect(plans(text, since())).rejects.toMatchObject({
      code: 'same-name',
      message: 'a and b are both called r.example/x:one',
      location: { line: 4 },
    });
  });
});
