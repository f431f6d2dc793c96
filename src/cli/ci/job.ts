import { join, relative, resolve } from 'node:path';
import type { BuildConfig } from '../../pipeline/config/config.ts';
import type { ImagePlan } from '../../pipeline/plan/images.ts';
import type { Shard } from '../../testing/shard.ts';
import type { TestSpec } from '../../testing/spec.ts';
import type { BuildJob, ImageJob, ReleaseJob } from '../job/job.ts';

/** How the tests of a pipeline are run here. */
export interface TestChoice {
  /** Folder for what tests leave; of several images each has its own in it. */
  output?: string;
  /** The part of each image's tests that is run here. */
  shard?: Shard;
}

/** What is built of a pipeline, as the job that the Action gives to an engine as well. Paths are from `folder`. */
export function imageJobs(
  plans: readonly ImagePlan[],
  folder: string,
  who: string,
  choice: TestChoice = {},
): ImageJob[] {
  const built = plans.filter(({ build }) => build.does);
  const names = new Set(built.map(({ name }) => name));
  return built.map((plan) => ({
    name: plan.name,
    build: buildJob(plan, folder, choice),
    releases: releaseJobs(plan, folder, who),
    needs: plan.config.uses
      .filter(({ image }) => names.has(image))
      .map(({ image, context }) => ({ image, ...(context === undefined ? {} : { context }) })),
  }));
}

function buildJob(plan: ImagePlan, folder: string, { output = 'test-results', shard }: TestChoice): BuildJob {
  const { metadata, push, tests, config } = plan;
  const test = {
    tests: tests.map((one) => testIn(one, folder)),
    output: config.key === undefined ? output : join(output, config.key),
    ...(shard === undefined ? {} : { shard }),
  };
  return {
    words: wordsOf(plan, folder),
    push: push.does,
    ...(metadata.guard === undefined ? {} : { guard: metadata.guard }),
    ...(tests.length === 0 ? {} : { test }),
  };
}

/** Channels that the pushed image is released to, one job each. */
function releaseJobs(plan: ImagePlan, folder: string, who: string): ReleaseJob[] {
  return plan.releases
    .filter(({ does }) => does)
    .map(({ channel, smoke, checks, force, deploy, environment }) => ({
      action: 'release',
      repositories: [],
      channel,
      force,
      hold: true,
      automatic: true,
      smoke,
      checks: checks.map((file) => resolve(folder, file)),
      dryRun: false,
      who,
      deploy,
      ...(environment === undefined ? {} : { environment }),
    }));
}

/** Files are named from the pipeline's. */
function testIn(test: TestSpec, folder: string): TestSpec {
  return test.checks === undefined ? test : { ...test, checks: resolve(folder, test.checks) };
}

function wordsOf({ config, labels, annotations, names }: ImagePlan, folder: string): string[] {
  const { build } = config;
  const context = resolve(folder, build.context);
  const one = (flag: string, value: string | undefined) => (value === undefined ? [] : [`--${flag}=${value}`]);
  const many = (flag: string, values: readonly string[]) => values.map((value) => `--${flag}=${value}`);
  return [
    '--explain-cache',
    ...one('file', build.dockerfile && shown(resolve(context, build.dockerfile), folder)),
    ...one('target', build.target),
    ...many('platform', build.platforms),
    ...many('build-arg', build.args),
    ...many('build-context', build.contexts),
    ...many('secret', build.secrets.map(secretOf)),
    ...many('ssh', build.ssh),
    ...many('cache-from', build.cacheFrom),
    ...many('cache-to', build.cacheTo),
    ...one('network', build.network),
    ...one('shm-size', build.shmSize),
    ...many('add-host', build.extraHosts),
    ...(build.noCache ? ['--no-cache'] : []),
    ...(build.pull ? ['--pull'] : []),
    ...many('label', labels),
    ...many('annotation', annotations),
    ...many('tag', names),
    '--',
    context,
  ];
}

/** As a reader looks for it: from the pipeline's folder. */
function shown(path: string, folder: string): string {
  const way = relative(folder, path);
  return way.startsWith('../') ? path : way;
}

function secretOf({ id, file, environment }: BuildConfig['secrets'][number]): string {
  return file === undefined ? `id=${id},env=${environment}` : `id=${id},src=${file}`;
}
