import { changedFiles } from '../../door/changed-files.ts';
import { readRepositoryContext } from '../../door/repository-context.ts';
import { planPipeline } from '../../pipeline/plan/pipeline.ts';
import { findPipelineFile, PIPELINE_FILES } from '../ci/pipeline-file.ts';
import { planData, planText } from '../ci/text.ts';
import type { Command } from '../command.ts';
import { PROGRESS_MODES } from '../progress/renderer.ts';

export const command: Command = {
  name: 'ci',
  summary: 'Run the pipeline of containerize.yml: build, test, push, release',
  usage: '[OPTIONS]',
  options: [
    {
      name: 'config',
      short: 'f',
      type: 'string',
      placeholder: 'FILE',
      help: `The pipeline (default: ${PIPELINE_FILES[0]})`,
    },
    { name: 'plan', type: 'boolean', help: 'Print what would be done, do nothing' },
    { name: 'push', type: 'boolean', help: 'Push whatever containerize.yml says; --no-push: push and release nothing' },
    { name: 'no-push', type: 'boolean', help: 'Push and release nothing' },
    { name: 'only', type: 'list', placeholder: 'IMAGE', help: 'Only this one of images, and what it is built from' },
    {
      name: 'since',
      type: 'string',
      placeholder: 'COMMIT',
      help: 'What images with changed: are compared with; default: the base commit of the event',
    },
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
    ['containerize ci --since main', 'Images with changed: only when something of them changed'],
    ['containerize ci --only web --json', 'One of several images, the report for programs'],
  ],
  async run(args, context) {
    const { config, folder, file } = await findPipelineFile(args.string('config'), context.cwd, context.env);
    const repository = await readRepositoryContext(context.env, folder);
    const plans = await planPipeline(config, repository, {
      folder,
      file,
      now: new Date(),
      push: args.flag('no-push') ? false : args.maybeFlag('push'),
      only: args.list('only'),
      changes: () => changedFiles({ env: context.env, folder, since: args.string('since') }),
    });
    for (const message of [...config.warnings, ...new Set(plans.flatMap(({ warnings }) => warnings))])
      context.io.stderr.write(`warning: ${message}\n`);
    if (args.flag('plan')) {
      const { stdout } = context.io;
      if (args.flag('json')) stdout.write(`${JSON.stringify({ images: plans.map(planData) })}\n`);
      else stdout.write(plans.map(planText).join(''));
      return 0;
    }
    const { runPlans } = await import('../ci/run.ts');
    await runPlans(plans, folder, repository.actor ?? context.env.USER ?? 'somebody', args, context);
    return 0;
  },
};
