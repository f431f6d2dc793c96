import { availableParallelism } from 'node:os';
import { basename, dirname, resolve } from 'node:path';
import type { Image } from '../../content/store.ts';
import { codeOf, messageOf } from '../../errors.ts';
import { parsePlatform } from '../../oci/platform.ts';
import type { TestImageRequest } from '../../pipeline/test/image.ts';
import { testImage } from '../../pipeline/test/image.ts';
import { repositoryOf } from '../../pipeline/test/reports.ts';
import type { TestReport } from '../../reports.ts';
import { outputFolder, writeOutput } from '../../testing/output-folder.ts';
import { reportXml } from '../../testing/report-xml.ts';
import { parseShard } from '../../testing/shard.ts';
import { type TestSpec, testSpec } from '../../testing/spec.ts';
import { badValue, UsageError } from '../arguments.ts';
import type { Arguments, Command, CommandContext } from '../command.ts';
import { LIMIT_FLAGS } from '../container/limit-flags.ts';
import { containerOptions } from '../container/options.ts';
import { openRenderer } from '../progress/open-renderer.ts';
import { PROGRESS_MODES, type ProgressMode } from '../progress/renderer.ts';
import { secondsOfFlag } from '../testing/seconds.ts';
import { exitOfTests, testText } from '../testing/text.ts';

export const command: Command = {
  name: 'test',
  summary: 'Test an image: commands in fresh containers, stages that must build, image checks',
  usage: '[OPTIONS] [IMAGE [COMMAND [ARG...]]]',
  options: [
    {
      name: 'run',
      type: 'list',
      placeholder: 'COMMAND',
      help: 'A line for a shell of the image, in its own container',
    },
    {
      name: 'checks',
      aliases: ['config'],
      short: 'c',
      type: 'list',
      placeholder: 'FILE',
      help: 'Image checks, in the YAML or JSON of container-structure-test',
    },
    {
      name: 'image',
      short: 'i',
      type: 'string',
      placeholder: 'IMAGE',
      help: 'The image, as container-structure-test has it',
    },
    {
      name: 'target',
      type: 'list',
      placeholder: 'STAGE',
      help: 'A stage of the Dockerfile that must build; with --run, the stage that the commands run in',
    },
    { name: 'file', short: 'f', type: 'string', placeholder: 'FILE', help: 'The Dockerfile of --target' },
    {
      name: 'context',
      type: 'string',
      placeholder: 'FOLDER',
      help: 'The build context of --target (default: this folder)',
    },
    { name: 'build-arg', type: 'list', placeholder: 'NAME=VALUE', help: 'Build argument of --target' },
    {
      name: 'report',
      type: 'list',
      placeholder: 'PATH',
      help: 'Files in the container that are copied out, also after a failure; JUnit is read',
    },
    { name: 'output-dir', type: 'string', placeholder: 'FOLDER', help: 'Where reports go (default: test-results)' },
    {
      name: 'junit',
      aliases: ['test-report'],
      type: 'string',
      placeholder: 'FILE',
      help: 'Write all results there as JUnit',
    },
    {
      name: 'timeout',
      type: 'string',
      placeholder: 'DURATION',
      help: 'Longest time of one test: 90s, 5m (default: 10m)',
    },
    { name: 'retries', type: 'number', help: 'Attempts after the first; what passes then is called flaky' },
    { name: 'jobs', short: 'j', type: 'number', help: 'Containers that run at once (default: one for each processor)' },
    {
      name: 'shard',
      type: 'string',
      placeholder: 'INDEX/TOTAL',
      help: 'The part of the tests to run here, such as 1/4',
    },
    { name: 'network', aliases: ['net'], type: 'string', choices: ['none', 'host'], help: 'none (default) or host' },
    {
      name: 'env',
      short: 'e',
      type: 'list',
      placeholder: 'NAME[=VALUE]',
      help: 'Environment variable; without a value, yours',
    },
    { name: 'env-file', type: 'list', placeholder: 'FILE', help: 'Read environment variables from a file' },
    { name: 'workdir', short: 'w', type: 'string', placeholder: 'DIR', help: 'Working directory in the container' },
    {
      name: 'user',
      short: 'u',
      type: 'string',
      placeholder: 'USER[:GROUP]',
      help: 'User and group, by name or number',
    },
    ...LIMIT_FLAGS.filter(({ name }) => ['memory', 'memory-swap', 'cpus', 'cpuset-cpus', 'pids-limit'].includes(name)),
    { name: 'platform', type: 'string', placeholder: 'OS/ARCH', help: 'Platform of the image to take' },
    { name: 'json', type: 'boolean', help: 'Print the report as JSON' },
    {
      name: 'progress',
      type: 'string',
      placeholder: 'MODE',
      choices: PROGRESS_MODES,
      help: 'auto, tty, plain, rawjson or quiet',
    },
  ],
  stopAtFirstArgument: true,
  examples: [
    ['containerize test app:1 npm test', 'One command, in a fresh container without a network'],
    [
      "containerize test --run 'npm test' --run 'npm run lint' --report /app/junit.xml app:1",
      'Two at once, with their reports',
    ],
    ['containerize test --checks image-checks.yaml app:1', 'Checks of container-structure-test'],
    ['containerize test --target lint --target unit', 'Stages of the Dockerfile here that must build'],
    ["containerize test --shard 1/4 --run 'npx jest --shard=$CONTAINERIZE_SHARD' app:1", 'One of four machines'],
  ],
  async run(args, context) {
    const { image, tests } = await readTests(args, context);
    const output =
      args.list('report').length === 0 && args.string('output-dir') === undefined
        ? undefined
        : await outputFolder(args.string('output-dir') ?? 'test-results', context.cwd, context.owner);
    const engine = await context.engine();
    const { io, signal } = context;
    const progress = await openRenderer((args.string('progress') ?? 'auto') as ProgressMode, {
      out: io.stderr,
      isTerminal: io.isTerminal.stderr,
      env: context.env,
      size: () => io.size(),
      onResize: (listener) => io.onResize(listener),
    });
    const platform = args.string('platform');
    const shard = args.string('shard');
    const request: TestImageRequest = {
      tests,
      jobs: args.number('jobs') ?? Math.max(2, availableParallelism()),
      ...(image === undefined ? {} : { image }),
      ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
      ...(shard === undefined ? {} : { shard: parseShard(shard) }),
      ...(output === undefined ? {} : { output }),
      project: context.cwd,
      repository: repositoryOf(context.cwd, args.string('context') ?? '.'),
      env: context.env,
      buildTarget: (target, until) => buildStage(target, args, { ...context, signal: until }, progress),
    };
    let report: TestReport;
    try {
      report = await testImage(engine, request, { progress, signal });
    } finally {
      progress.close();
    }
    io.stdout.write(args.flag('json') ? `${JSON.stringify(report)}\n` : testText(report));
    const junit = args.string('junit');
    if (junit !== undefined) {
      const place = await outputFolder(dirname(resolve(context.cwd, junit)), context.cwd, context.owner);
      await writeOutput((await engine.containers()).services.helper, place, basename(junit), reportXml(report));
    }
    return exitOfTests(report);
  },
};

async function readTests(
  args: Arguments,
  context: CommandContext,
): Promise<{ image: string | undefined; tests: TestSpec[] }> {
  const words = args.string('image') === undefined ? args.positional.slice(1) : args.positional;
  const image = args.string('image') ?? args.positional[0];
  if (words[0]?.startsWith('-'))
    throw new UsageError('too-many-arguments', `flags stand before the image, found ${words[0]} after ${image}`, {
      hint: 'what follows the image is its command: containerize test --run COMMAND IMAGE',
    });
  const {
    env = [],
    user,
    workingDir,
    limits = {},
  } = await containerOptions(args, [], context).catch((error: unknown) => {
    // no test has been tried: this is about the command line
    if (codeOf(error) !== 'invalid-option') throw error;
    throw new UsageError('bad-value', messageOf(error), { cause: error });
  });
  const common = {
    env,
    ...(user === undefined ? {} : { user }),
    ...(workingDir === undefined ? {} : { workingDir }),
    limits,
    network: (args.string('network') ?? 'none') as 'none' | 'host',
    timeout: secondsOfFlag(args.string('timeout'), 'timeout') ?? 600,
    retries: args.number('retries') ?? 0,
    reports: args.list('report').map((path) => ({ path })),
  };
  if (!Number.isInteger(common.retries) || common.retries < 0)
    throw badValue('retries', 'a number of attempts', String(common.retries));
  const jobs = args.number('jobs') ?? 1;
  if (!Number.isInteger(jobs) || jobs < 1) throw badValue('jobs', 'a number of containers', String(jobs));
  const targets = args.list('target');
  const commands: (string | readonly string[])[] = [...args.list('run'), ...(words.length > 0 ? [words] : [])];
  const stage = commands.length + args.list('checks').length > 0 && image === undefined ? targets : [];
  if (stage.length > 1)
    throw new UsageError(
      'bad-combination',
      'without an image, --run and --checks need one --target to be about, found several',
    );
  const inStage = stage[0] === undefined ? {} : { target: stage[0] };
  const tests = [
    ...(stage.length > 0 ? [] : targets.map((target) => testSpec({ ...common, target, reports: [] }))),
    ...args
      .list('checks')
      .map((file) => testSpec({ ...common, ...inStage, name: file, checks: resolve(context.cwd, file) })),
    ...commands.map((run) => testSpec({ ...common, ...inStage, run })),
  ];
  if (tests.length === 0)
    throw new UsageError('too-few-arguments', 'there is nothing to test', {
      hint: 'give a command: containerize test IMAGE COMMAND; or --run, --checks or --target',
    });
  if (image === undefined && tests.some(({ target }) => target === undefined))
    throw new UsageError('too-few-arguments', 'an image is needed: containerize test IMAGE …', {
      hint: 'or name a stage of the Dockerfile here with --target',
    });
  return { image, tests };
}

/** A stage of the Dockerfile, built as `containerize build --target` does it. */
async function buildStage(
  target: string,
  args: Arguments,
  context: CommandContext,
  progress: Parameters<typeof testImage>[2]['progress'],
): Promise<Image> {
  const { buildImage } = await import('../job/build-image.ts');
  const file = args.string('file');
  const words = [
    `--target=${target}`,
    ...(file === undefined ? [] : [`--file=${file}`]),
    ...args.list('build-arg').map((pair) => `--build-arg=${pair}`),
    '--',
    args.string('context') ?? '.',
  ];
  const built = await buildImage({ words, push: false }, await context.engine(), context, progress);
  await built.close();
  return built.image;
}
