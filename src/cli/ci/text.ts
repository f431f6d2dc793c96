import type { ImagePlan } from '../../pipeline/plan-images.ts';
import type { JobReport } from '../job/job.ts';
import { countsText } from '../testing/text.ts';

/** What would be done, for people. */
export function planText(plan: ImagePlan): string {
  const { build } = plan.config;
  const lines = [
    plan.name,
    `  build    ${build.dockerfile ?? 'Dockerfile'} in ${build.context}${build.target === undefined ? '' : `, stage ${build.target}`}${build.platforms.length === 0 ? '' : `, for ${build.platforms.join(', ')}`}`,
    ...plan.tests.map(({ name }) => `  test     ${name}`),
    ...(plan.tests.length === 0 ? ['  test     nothing'] : []),
    ...plan.names.map((name) => `  name     ${name}`),
    `  push     ${plan.push.does ? 'yes' : 'no'}: ${plan.push.why}`,
    ...plan.releases.map(({ channel, does, why }) => `  release  ${channel}: ${does ? 'yes' : 'no'}, ${why}`),
    ...plan.notes.map((note) => `           (${note})`),
  ];
  return `${lines.join('\n')}\n`;
}

/** The plan for programs: no secrets are in it, only where they come from. */
export function planData(plan: ImagePlan): object {
  const { name, names, tests, push, releases, notes, config } = plan;
  return { name, names, build: config.build, tests, push, releases, notes };
}

/** What became of one image. */
export function reportText(name: string, report: JobReport): string {
  const lines: string[] = [];
  if (report.image !== undefined) lines.push(`${name}: built ${report.image.digest}`);
  if (report.tests !== undefined) lines.push(`  tests    ${countsText(report.tests)}`);
  for (const { repository, tags } of report.pushed) lines.push(`  pushed   ${repository}: ${tags.join(', ')}`);
  return lines.map((line) => `${line}\n`).join('');
}
