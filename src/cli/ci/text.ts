import type { ImagePlan } from '../../pipeline/plan/images.ts';
import type { ImageReport } from '../job/job.ts';
import type { Timeline } from '../job/timeline.ts';
import { resultText } from '../release/text.ts';
import { countsText, exitOfTests, testText } from '../testing/text.ts';
import { cacheReport, stepReports } from './steps.ts';

/** A plan and what became of it. */
export interface ImageOutcome {
  plan: ImagePlan;
  /** Absent: nothing was to be done. */
  report?: ImageReport;
  timeline?: Timeline;
}

/** What would be done, for people. */
export function planText(plan: ImagePlan): string {
  const { build, changed, uses } = plan.config;
  const stage = build.target === undefined ? '' : `, stage ${build.target}`;
  const platforms = build.platforms.length === 0 ? '' : `, for ${build.platforms.join(', ')}`;
  const place = `${build.dockerfile ?? 'Dockerfile'} in ${build.context}${stage}${platforms}`;
  const why = changed === undefined && plan.build.only !== true ? '' : `: ${plan.build.why}`;
  if (!plan.build.does) return `${plan.name}\n  build    no: ${plan.build.why}\n`;
  const lines = [
    plan.name,
    `  build    ${place}${why}`,
    ...uses.map(({ image, context }) => `  after    ${image}${context === undefined ? '' : `, as ${context}`}`),
    ...plan.tests.map(({ name }) => `  test     ${name}`),
    ...(plan.tests.length === 0 ? ['  test     nothing'] : []),
    ...plan.names.map((name) => `  name     ${name}`),
    `  push     ${plan.push.does ? 'yes' : 'no'}: ${plan.push.why}`,
    ...plan.releases.map(
      ({ channel, does, why: reason }) => `  release  ${channel}: ${does ? 'yes' : 'no'}, ${reason}`,
    ),
    ...plan.notes.map((note) => `           (${note})`),
  ];
  return `${lines.join('\n')}\n`;
}

/**
 * The plan for programs. Values that may come from somebody's environment are left out: of secrets there is where they
 * come from, of build arguments and variables of tests their names.
 */
export function planData(plan: ImagePlan): object {
  const { name, names, tests, push, releases, notes, config, build } = plan;
  const needs = config.uses.map(({ image, context }) => ({ image, ...(context === undefined ? {} : { context }) }));
  return {
    name,
    names,
    builds: build,
    build: { ...config.build, args: config.build.args.map(nameOf) },
    needs,
    tests: tests.map((test) => ({ ...test, env: test.env.map(nameOf) })),
    push,
    releases,
    notes,
  };
}

/** `NAME=VALUE` without the value. */
function nameOf(pair: string): string {
  return pair.split('=')[0]!;
}

/** What became of one image, for people. */
export function reportText({ plan, report, timeline }: ImageOutcome): string {
  const { name } = plan;
  if (!plan.build.does) return `${name}: not built: ${plan.build.why}\n`;
  if (report === undefined) return '';
  const lines: string[] = [];
  const cache = timeline === undefined ? undefined : cacheReport(timeline);
  if (report.image !== undefined)
    lines.push(
      `${name}: built ${report.image.digest}${cache === undefined ? '' : ` (${cache.cached} of ${cache.steps} steps cached)`}`,
    );
  else if (report.outcome !== 'running') lines.push(`${name}: not built${reason(report)}`);
  if (report.tests !== undefined) {
    if (exitOfTests(report.tests) === 0) lines.push(`  tests    ${countsText(report.tests)}`);
    else lines.push(testText(report.tests).trimEnd());
  }
  for (const { repository, tags } of report.pushed) lines.push(`  pushed   ${repository}: ${tags.join(', ')}`);
  if (report.image !== undefined && report.outcome === 'left-out')
    lines.push(
      report.pushed.length === 0
        ? '  pushed   nothing: another image failed'
        : '  released nothing: another image failed',
    );
  return `${lines.map((line) => `${line}\n`).join('')}${(report.releases ?? []).map(resultText).join('')}`;
}

function reason({ error }: ImageReport): string {
  return error === undefined ? '' : `: ${error.message.split('\n')[0]}`;
}

/** What became of one image, for programs. */
export function reportData({ plan, report, timeline }: ImageOutcome): object {
  const { name } = plan;
  if (!plan.build.does) return { name, outcome: 'not-built', why: plan.build.why, pushed: [], released: [] };
  const { release: _, releases = [], ...rest } = report ?? { name, outcome: 'left-out', pushed: [] };
  const cache = timeline === undefined ? undefined : cacheReport(timeline);
  return {
    ...rest,
    released: releases,
    ...(timeline === undefined ? {} : { steps: stepReports(timeline) }),
    ...(cache === undefined ? {} : { cache }),
  };
}
