import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { annotationCommands, annotationOf } from '../../src/action/annotations.ts';
import { explain } from '../../src/action/explain.ts';
import { noteArtifacts, outputTexts } from '../../src/action/outputs.ts';
import { checkSystem, enclosure } from '../../src/action/platform.ts';
import { type SummaryFacts, summaryOf } from '../../src/action/summary.ts';
import { ContainerizeError } from '../../src/errors.ts';
import { parseOutput } from '../helpers/runner/commands.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const scratch = await scratchFolder('tell');

describe('annotations', () => {
  test('name the line of the user’s file, relative to the repository', () => {
    const error = new ContainerizeError('x', 'unknown flag', {
      hint: 'leave it out',
      location: { file: '/w/sub/Dockerfile', line: 3, column: 7 },
    });
    const { commands } = annotationCommands([annotationOf(error)], '/w');
    expect(parseOutput(commands.join('\n')).commands).toEqual([
      {
        command: 'error',
        properties: { title: 'containerize', file: 'sub/Dockerfile', line: '3', col: '7' },
        data: 'unknown flag\nhint: leave it out',
      },
    ]);
  });

  test('have no place outside of the repository', () => {
    const { commands } = annotationCommands([{ level: 'error', message: 'm', file: '../x', line: 1 }], '/w');
    expect(commands).toEqual(['::error::m']);
  });

  test('keep to ten of a level, and say how many are left', () => {
    const many = Array.from({ length: 25 }, (_, i) => ({ level: 'warning' as const, message: `m${i}` }));
    const { commands, left } = annotationCommands([...many, { level: 'error', message: 'e' }, many[0]!], '/w');
    expect(commands).toHaveLength(11);
    expect(left).toBe(15);
  });

  test('cannot be left by what they say', () => {
    const { commands } = annotationCommands([{ level: 'error', message: 'a\n::error::b', title: 'x,y::z' }], '/w');
    expect(parseOutput(commands.join('\n')).commands).toHaveLength(1);
  });
});

const facts: SummaryFacts = {
  title: 'containerize ci ghcr.io/o/app',
  images: [
    {
      name: 'ghcr.io/o/app',
      digest: 'sha256:00',
      size: 12_345_678,
      platforms: ['linux/amd64'],
      tags: ['ghcr.io/o/app:1'],
      pushed: true,
    },
  ],
  steps: [
    {
      name: '[1/2] RUN make: all; # now',
      group: 'build',
      start: 0,
      end: 1200,
      cached: false,
      notes: ['not cached: the files differ'],
    },
    { name: '[2/2] COPY a /a', group: 'build', start: 1200, end: 1201, cached: true, notes: [] },
  ],
  warnings: [],
  milliseconds: 1300,
};

describe('the summary', () => {
  test('tells image, size, steps and why one was not cached', () => {
    const text = summaryOf(facts);
    expect(text).toContain('✅ containerize ci ghcr.io/o/app');
    expect(text).toContain('<code>sha256:00</code> | 12.3 MB | linux/amd64');
    expect(text).toMatch(/```mermaid\ngantt[\s\S]*\[1\/2\] RUN make all now :active, 0, 1200/);
    expect(text).toContain('not cached: the files differ');
  });

  test('says how to go back', () => {
    const text = summaryOf({
      ...facts,
      release: {
        action: 'release',
        channel: 'stable',
        from: 'sha256:1',
        to: 'sha256:2',
        changed: true,
        undo: 'containerize rollback x',
      },
    });
    expect(text).toContain('To go back:\n\n```sh\ncontainerize rollback x\n```');
  });

  test('never is larger than the platform takes, whatever is in it', () => {
    const long = 'x'.repeat(5000);
    const text = summaryOf({
      ...facts,
      failed: { message: long.repeat(10), output: Array.from({ length: 5000 }, () => long) },
      steps: Array.from({ length: 5000 }, (_, i) => ({
        name: `${i}${long}`,
        start: i,
        end: i + 1,
        cached: false,
        notes: [`not cached: ${long}`],
      })),
      tests: {
        passed: 0,
        failed: 5000,
        skipped: 0,
        flaky: 0,
        results: Array.from({ length: 5000 }, () => ({ name: long, outcome: 'failed', durationMs: 1, message: long })),
      },
      warnings: Array.from({ length: 5000 }, () => long),
    });
    expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
  });

  test('tells of failed cases whatever the length of their names', () => {
    const long = '<'.repeat(100_000);
    const cases = Array.from({ length: 500 }, () => ({
      name: long,
      message: long,
      outcome: 'failed' as const,
      durationMs: 1,
    }));
    const results = [{ name: 'unit', outcome: 'failed', durationMs: 1, cases }];
    const text = summaryOf({ ...facts, tests: { passed: 0, failed: 1, skipped: 0, flaky: 0, results } });
    expect(text).toContain('500 of 500 cases failed');
    expect(text).toContain('300 more are left out.');
    expect(text).not.toContain('The rest is left out');
  });

  test('says of a dry run what would be, never that it is', () => {
    const release = { action: 'rollback', channel: 'stable', from: 'sha256:aa', to: 'sha256:bb', changed: false };
    const told = (dryRun: boolean, from: string) => summaryOf({ ...facts, release: { ...release, from, dryRun } });
    const [channel, from, to] = ['stable', 'sha256:aa', 'sha256:bb'].map((text) => `<code>${text}</code>`);
    expect(told(true, 'sha256:aa')).toContain(`${channel} would move from ${from} to ${to} (dry run)`);
    expect(told(true, 'sha256:bb')).toContain(`${channel} stays at ${to}`);
    expect(told(false, 'sha256:bb')).toContain(`${channel} stays at ${to}`);
  });

  test('draws nothing of what others wrote: no HTML, no links, no fences', () => {
    const text = summaryOf({
      ...facts,
      failed: { message: '<img src=x> @octocat [a](http://x)', output: ['```', '</details>'] },
      warnings: ['| a | b |'],
    });
    expect(text).not.toMatch(/<img|@octocat|\]\(http/);
    expect(text).toContain('````\n```\n</details>\n````');
  });
});

describe('what else is told', () => {
  test('outputs are texts, and only what is known', () => {
    expect(outputTexts({ digest: 'sha256:0', tags: ['a', 'b'], changed: false })).toEqual([
      ['digest', 'sha256:0'],
      ['tags', 'a\nb'],
      ['changed', 'false'],
    ]);
  });

  test('pushed digests become subjects of the runner, each once', async () => {
    const file = join(await mkdtemp(join(scratch, 'a-')), 'artifacts');
    await writeFile(file, '');
    const digest = `sha256:${'a'.repeat(64)}`;
    const subject = { repository: 'ghcr.io/o/app', digest };
    await noteArtifacts(file, [subject, subject, { repository: 'x', digest: 'none' }]);
    expect(await readFile(file, 'utf8')).toBe(`ghcr.io/o/app@${digest}\n`);
  });

  test('a push that ghcr.io denies names the permission to add', () => {
    const denied = new ContainerizeError('denied', 'ghcr.io denied the push of owner/app');
    expect(explain(denied, { where: undefined, fork: false })).toMatchObject({
      hint: expect.stringContaining('packages: write'),
    });
    expect(explain(denied, { where: undefined, fork: true })).toMatchObject({
      hint: expect.stringContaining('from a fork may only read'),
    });
  });

  test('a job in a container hears of the options line, a pod of its security context', () => {
    const refused = new ContainerizeError('no-privileges', 'containers need root');
    expect(explain(refused, { where: 'container', fork: false })).toMatchObject({
      hint: expect.stringContaining('options: --privileged'),
    });
    expect(explain(refused, { where: 'pod', fork: false })).toMatchObject({
      hint: expect.stringContaining('privileged: true'),
    });
    expect(explain(refused, { where: undefined, fork: false })).toBe(refused);
    expect(enclosure({ KUBERNETES_SERVICE_HOST: '10.0.0.1' }, () => false)).toBe('pod');
    expect(enclosure({}, (path) => path === '/.dockerenv')).toBe('container');
    expect(enclosure({}, () => false)).toBeUndefined();
  });

  test('other systems are told so', () => {
    expect(() => checkSystem('win32')).toThrow(/this runner is Windows/);
    expect(() => checkSystem('darwin')).toThrow(/this runner is macOS/);
    checkSystem('linux');
  });
});
