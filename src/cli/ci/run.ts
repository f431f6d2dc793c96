import { codeOf, messageOf } from '../../errors.ts';
import type { ImagePlan } from '../../pipeline/plan/images.ts';
import type { Arguments, CommandContext } from '../command.ts';
import { imageProgress } from '../job/image-progress.ts';
import type { ImageReport } from '../job/job.ts';
import { Timeline } from '../job/timeline.ts';
import { openRenderer } from '../progress/open-renderer.ts';
import type { ProgressMode } from '../progress/renderer.ts';
import { imageJobs } from './job.ts';
import { recorded } from './steps.ts';
import { type ImageOutcome, reportData, reportText } from './text.ts';

/** Carries out the plans, and tells what became of every image, also after a failure: what was done stays done. */
export async function runPlans(
  plans: readonly ImagePlan[],
  folder: string,
  who: string,
  args: Arguments,
  context: CommandContext,
): Promise<void> {
  const { runJob } = await import('../job/run-job.ts');
  const { io } = context;
  const progress = await openRenderer((args.string('progress') ?? 'auto') as ProgressMode, {
    out: io.stderr,
    isTerminal: io.isTerminal.stderr,
    env: context.env,
    size: () => io.size(),
    onResize: (listener) => io.onResize(listener),
  });
  const images = imageJobs(plans, folder, who);
  const began = performance.now();
  const timelines = new Map(images.map(({ name }) => [name, new Timeline(() => performance.now(), began)]));
  let reports: readonly ImageReport[] = [];
  const tell = (failure?: unknown): void => {
    progress.close();
    const outcomes = plans.map((plan) => outcomeOf(plan, reports, timelines));
    if (!args.flag('json')) {
      io.stdout.write(outcomes.map(reportText).join(''));
      return;
    }
    const failed = failure === undefined ? {} : { error: { code: codeOf(failure), message: messageOf(failure) } };
    const durationMs = Math.round(performance.now() - began);
    io.stdout.write(`${JSON.stringify({ images: outcomes.map(reportData), durationMs, ...failed })}\n`);
  };
  try {
    await runJob(
      { images },
      {
        context: { ...context, cwd: folder },
        progress,
        imageProgress: (name) =>
          recorded(images.length === 1 ? progress : imageProgress(progress, name), timelines.get(name)!),
        onPart: (part) => {
          reports = part.images ?? [];
        },
      },
    );
  } catch (error) {
    tell(error);
    throw error;
  }
  tell();
}

function outcomeOf(
  plan: ImagePlan,
  reports: readonly ImageReport[],
  timelines: ReadonlyMap<string, Timeline>,
): ImageOutcome {
  const report = reports.find(({ name }) => name === plan.name);
  const timeline = timelines.get(plan.name);
  return {
    plan,
    ...(report === undefined ? {} : { report }),
    ...(timeline === undefined ? {} : { timeline }),
  };
}
