import { dirname, resolve } from 'node:path';
import { readRepositoryContext } from '../../door/repository-context.ts';
import { codeOf, didYouMean, messageOf } from '../../errors.ts';
import { readTextIfThere } from '../../files.ts';
import { loadConfig, type PipelineConfig } from '../../pipeline/config/config.ts';
import { ConfigError } from '../../pipeline/config/error.ts';
import { type ImagePlan, PlanError, planImage } from '../../pipeline/plan-images.ts';
import type { ReleaseReport } from '../../reports.ts';
import { jobOf, releaseJobs } from '../ci/job.ts';
import { planData, planText, reportText } from '../ci/text.ts';
import type { Arguments, Command, CommandContext } from '../command.ts';
import type { JobReport } from '../job/job.ts';
import { openRenderer } from '../progress/open-renderer.ts';
import { PROGRESS_MODES, type ProgressMode } from '../progress/renderer.ts';
import { resultText } from '../release/text.ts';

const FILES = ['containerize.yml', 'containerize.yaml', '.github/containerize.yml'];

export const command: Command = {
  name: 'ci',
  summary: 'Run the pipeline of containerize.yml: build, test, push, release',
  usage: '[OPTIONS]',
  options: [
    { name: 'config', short: 'f', type: 'string', placeholder: 'FILE', help: `The pipeline (default: ${FILES[0]})` },
    { name: 'plan', type: 'boolean', help: 'Print what would be done, do nothing' },
    { name: 'push', type: 'boolean', help: 'Push whatever containerize.yml says; --no-push: push and release nothing' },
    { name: 'no-push', type: 'boolean', help: 'Push and release nothing' },
    { name: 'only', type: 'list', placeholder: 'IMAGE', help: 'Only this one of images' },
    { name: 'json', type: 'boolean', help: 'Print the plan or the report as JSON' },
    {
      name: 'progress',
      type: 'string',
      placeholder: 'MODE',
      choices: PROGRESS_MODES,
      help: 'auto, tty, plain, rawjson or quiet',
    },
  ],
  arguments: { min: 0, max: 0 },
  examples: [
    ['containerize ci', 'Build, test, and push and release where the file says so'],
    ['containerize ci --plan', 'What would be done, and why'],
    ['containerize ci --no-push', 'As on a pull request: build and test'],
    ['containerize ci --only web --json', 'One of several images, the report for programs'],
  ],
  async run(args, context) {
    const { config, folder } = await readConfig(args.string('config'), context);
    const repository = await readRepositoryContext(context.env, folder);
    const push = args.flag('no-push') ? false : args.maybeFlag('push');
    const plans = chosen(config, args.list('only')).map((image) =>
      planImage(image, repository, { folder, now: new Date(), push }),
    );
    for (const message of [...config.warnings, ...new Set(plans.flatMap(({ warnings }) => warnings))])
      context.io.stderr.write(`warning: ${message}\n`);
    const { stdout } = context.io;
    if (args.flag('plan')) {
      stdout.write(
        args.flag('json') ? `${JSON.stringify({ images: plans.map(planData) })}\n` : plans.map(planText).join(''),
      );
      return 0;
    }
    await runPlans(plans, folder, repository.actor ?? context.env.USER ?? 'somebody', args, context);
    return 0;
  },
};

interface ImageReport {
  name: string;
  report: JobReport;
  releases: ReleaseReport[];
}

/** One image after the other: a gate that fails ends it before anything of that image or a later one is pushed. */
async function runPlans(
  plans: readonly ImagePlan[],
  folder: string,
  who: string,
  args: Arguments,
  context: CommandContext,
): Promise<void> {
  const [{ runJob }, { releaseImage }] = await Promise.all([
    import('../job/run-job.ts'),
    import('../job/release-image.ts'),
  ]);
  const { io, signal } = context;
  const progress = await openRenderer((args.string('progress') ?? 'auto') as ProgressMode, {
    out: io.stderr,
    isTerminal: io.isTerminal.stderr,
    env: context.env,
    size: () => io.size(),
    onResize: (listener) => io.onResize(listener),
  });
  const done: ImageReport[] = [];
  let running: ImageReport | undefined;
  try {
    for (const plan of plans) {
      running = { name: plan.name, report: { pushed: [] }, releases: [] };
      done.push(running);
      const current = running;
      current.report = await runJob(jobOf(plan, folder), {
        context: { ...context, cwd: folder },
        progress,
        onPart: (report) => {
          current.report = report;
        },
      });
      const engine = await context.engine();
      for (const job of releaseJobs(plan, who)) {
        const released = await releaseImage(job, current.report.pushed, { engine, progress, signal });
        if (released !== undefined) current.releases.push(released);
      }
    }
  } catch (error) {
    progress.close();
    tell(done, args, context, error);
    throw error;
  }
  progress.close();
  tell(done, args, context);
}

/** Also after a failure: what was done stays done, and a release that went out has a way back. */
function tell(done: readonly ImageReport[], args: Arguments, { io }: CommandContext, error?: unknown): void {
  if (args.flag('json')) {
    const failed = error === undefined ? {} : { error: { code: codeOf(error), message: messageOf(error) } };
    io.stdout.write(`${JSON.stringify({ images: done.map(dataOf), ...failed })}\n`);
    return;
  }
  for (const { name, report, releases } of done)
    io.stdout.write(`${reportText(name, report)}${releases.map(resultText).join('')}`);
}

function dataOf({ name, report, releases }: ImageReport): object {
  return { name, ...report, released: releases };
}

async function readConfig(
  given: string | undefined,
  { cwd, env }: CommandContext,
): Promise<{ config: PipelineConfig; folder: string }> {
  for (const name of given === undefined ? FILES : [given]) {
    const path = resolve(cwd, name);
    const text = await readTextIfThere(path);
    if (text === undefined) continue;
    // a file in .github speaks of the repository
    return {
      config: loadConfig(text, name, env),
      folder: given === undefined ? cwd : dirname(path),
    };
  }
  if (given !== undefined)
    throw new ConfigError('no-config', `there is no file ${given}`, { hint: 'containerize init writes a first one' });
  return { config: loadConfig(undefined, FILES[0]!, env), folder: cwd };
}

function chosen(config: PipelineConfig, only: readonly string[]): PipelineConfig['images'] {
  if (only.length === 0) return config.images;
  const keys = config.images.flatMap(({ key }) => (key === undefined ? [] : [key]));
  for (const name of only)
    if (!keys.includes(name))
      throw new PlanError('unknown-image', `there is no image ${name}${didYouMean(name, keys)}`, {
        hint: keys.length === 0 ? 'the file has one image only' : `expected ${keys.join(', ')}`,
      });
  return config.images.filter(({ key }) => key !== undefined && only.includes(key));
}
