import type { Slots } from '../../content/slots.ts';
import type { Engine } from '../../pipeline/wire.ts';
import type { Progress } from '../../progress.ts';
import type { CommandContext } from '../command.ts';
import type { Built } from './build-image.ts';
import type { BuildJob, JobReport } from './job.ts';

export interface ImageSurroundings {
  engine: Engine;
  context: CommandContext;
  progress: Progress;
  /** Bounds the steps of all builds of the job. */
  slots?: Slots;
}

type Tell = (part: Partial<JobReport>) => void;

/** Builds an image and tests that very one. */
export async function buildAndTest(
  job: BuildJob,
  { engine, context, progress, slots }: ImageSurroundings,
  tell: Tell,
): Promise<Built> {
  const { buildImage } = await import('./build-image.ts');
  const built = await buildImage(job, engine, context, progress, slots);
  tell({ image: built.report });
  if (job.test === undefined) return built;
  try {
    const { testJob, refuseFailed } = await import('./test-image.ts');
    const tests = await testJob(job.test, job, built.image.descriptor.digest, { engine, context, progress });
    tell({ tests });
    refuseFailed(tests);
  } catch (error) {
    await built.close();
    throw error;
  }
  return built;
}

/** Pushes what was built, and saves its caches. */
export async function pushBuilt(
  built: Built,
  { guard }: BuildJob,
  { engine, context, progress }: ImageSurroundings,
  tell: Tell,
): Promise<JobReport['pushed']> {
  const { pushNames } = await import('./push-names.ts');
  const pushed: JobReport['pushed'] = [];
  const { signal } = context;
  try {
    for (const { names, byDigest } of built.pushes) {
      pushed.push(...(await pushNames(built.image, names, { engine, progress, signal, byDigest, guard })));
      tell({ pushed: [...pushed] });
    }
  } catch (error) {
    await built.close();
    throw error;
  }
  await built.finish();
  return pushed;
}
