import { ContainerizeError } from '../../errors.ts';
import { testImage } from '../../pipeline/test/image.ts';
import { repositoryOf } from '../../pipeline/test/reports.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress } from '../../progress.ts';
import type { TestReport } from '../../reports.ts';
import { outputFolder } from '../../testing/output-folder.ts';
import type { CommandContext } from '../command.ts';
import { buildImage } from './build-image.ts';
import type { BuildJob, TestJob } from './job.ts';

/** Tests of an image failed, or could not be run. */
export class TestsFailed extends ContainerizeError<'tests-failed' | 'tests-broken'> {
  /** The last lines of the first test that failed. */
  readonly output: readonly string[];

  constructor(code: 'tests-failed' | 'tests-broken', message: string, output: readonly string[]) {
    super(code, message, { hint: 'nothing was pushed or released' });
    this.output = output;
  }
}

/** Flags of a build that say what becomes of it, and for whom: a stage that is a test has none of these. */
const NOT_OF_A_STAGE = /^--(tag|target|platform|output|push|load|cache-to|metadata-file|iidfile|label|annotation)(=|$)/;

/** A cache whose scope is the stage's own: it takes no other build's place. */
const OWN_CACHE = /^--cache-to=(?=(.*,)?type=gha(,|$))(?!(.*,)?scope=)/;

/** Runs a job's tests against the image that it built, straight from the store. */
export async function testJob(
  job: TestJob,
  build: BuildJob,
  digest: string,
  { engine, context, progress }: { engine: Engine; context: CommandContext; progress: Progress },
): Promise<TestReport> {
  const end = build.words.indexOf('--');
  const [flags, rest] =
    end < 0 ? [build.words.slice(0, -1), build.words.slice(-1)] : [build.words.slice(0, end), build.words.slice(end)];
  const common = flags.filter((word) => OWN_CACHE.test(word) || !NOT_OF_A_STAGE.test(word));
  return testImage(
    engine,
    {
      image: digest,
      tests: job.tests,
      ...(job.jobs === undefined ? {} : { jobs: job.jobs }),
      ...(job.shard === undefined ? {} : { shard: job.shard }),
      ...(job.output === undefined ? {} : { output: await outputFolder(job.output, context.cwd, context.owner) }),
      project: context.cwd,
      repository: repositoryOf(context.cwd, rest.at(-1) ?? '.'),
      env: context.env,
      buildTarget: async (target, signal) => {
        const words = [...common, `--target=${target}`, ...rest];
        const { cacheLater = false, cacheTimeout } = build;
        const how = { push: false, cacheLater, ...(cacheTimeout === undefined ? {} : { cacheTimeout }) };
        const stage = await buildImage({ words, ...how }, engine, { ...context, signal }, progress);
        await stage.close();
        return stage.image;
      },
    },
    { progress, signal: context.signal },
  );
}

/** @throws TestsFailed when one of them failed or could not be run */
export function refuseFailed({ results, failed, broken }: TestReport): void {
  const bad = results.filter(({ outcome }) => outcome === 'failed' || outcome === 'broken');
  if (bad.length === 0) return;
  const names = bad.map(({ name, message }) => `${name}: ${message}`);
  const parts = [
    ...(failed > 0 ? [`${failed} of ${results.length} tests failed`] : []),
    ...(broken > 0 ? [`${broken} of ${results.length} tests could not be run`] : []),
  ];
  throw new TestsFailed(
    failed > 0 ? 'tests-failed' : 'tests-broken',
    `${parts.join(', ')}:\n  ${names.slice(0, 20).join('\n  ')}`,
    bad[0]!.output,
  );
}
