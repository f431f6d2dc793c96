import { withLease } from '../../content/lease.ts';
import type { ReleaseReport } from '../../reports.ts';
import { buildAndTest, pushBuilt } from './image-steps.ts';
import type { Job, JobReport } from './job.ts';
import type { JobSurroundings } from './surroundings.ts';

/** Carries out a job: build, push, release, in this order; what fails ends it. */
export async function runJob(job: Job, around: JobSurroundings): Promise<JobReport> {
  const engine = await around.context.engine();
  const report: JobReport = { pushed: [] };
  const { progress, context } = around;
  if (job.sweep) {
    const { sweepLeftovers } = await import('./sweep.ts');
    await sweepLeftovers(engine);
  }
  if (job.saveCaches !== undefined) {
    const { savePending } = await import('../../pipeline/cache/pending.ts');
    const timeoutMs = job.saveCaches.seconds * 1000;
    report.caches = await savePending(engine, { progress, signal: context.signal, timeoutMs });
  }
  // until a name leads to it, nothing but the lease keeps gc from what the build made
  await withLease(await engine.content(), async () => {
    if (job.build !== undefined) {
      const work = { engine, context, progress };
      const tell = (part: Partial<JobReport>): void => around.onPart(Object.assign(report, part));
      const built = await buildAndTest(job.build, work, tell);
      await pushBuilt(built, job.build, work, tell);
    }
    if (job.images !== undefined) {
      const { runImages } = await import('./run-images.ts');
      await runImages(job.images, { ...around, engine }, (images) => {
        report.images = images;
        around.onPart(report);
      });
    }
    if (job.push !== undefined) {
      const { pushStored } = await import('./push-names.ts');
      const { signal } = context;
      const how = { engine, progress, signal, byDigest: false, guard: job.guard };
      await pushStored(job.push, how, (pushed) => {
        report.pushed.push(...pushed);
        around.onPart(report);
      });
    }
  });
  if (job.merge !== undefined) {
    const { mergeNames } = await import('./merge-names.ts');
    const merged = await mergeNames(job.merge, { engine, progress, signal: context.signal });
    report.pushed.push(...merged.pushed);
    report.merged = merged.platforms;
    around.onPart(report);
  }
  for (const release of [...(job.release === undefined ? [] : [job.release]), ...(job.releases ?? [])]) {
    const { releaseImage } = await import('./release-image.ts');
    const onMoved = (moved: ReleaseReport): void => {
      report.release ??= moved;
      report.releases = [...(report.releases ?? []), moved];
      around.onPart(report);
    };
    await releaseImage(release, report.pushed, { engine, context, progress, onMoved });
  }
  return report;
}
