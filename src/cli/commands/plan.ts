import { type PlannedJob, parseRunners, planPlatforms } from '../../pipeline/plan/matrix.ts';
import { UsageError } from '../arguments.ts';
import { findPipelineFile } from '../ci/pipeline-file.ts';
import type { Command, CommandContext } from '../command.ts';
import { formatTable } from '../table.ts';

export const command: Command = {
  name: 'plan',
  summary: 'Show the matrix of native runners for the platforms of an image',
  usage: '[OPTIONS] [PLATFORM...]',
  options: [
    {
      name: 'platform',
      type: 'list',
      placeholder: 'OS/ARCH[,...]',
      help: 'What the image is for (default: the platforms in containerize.yml)',
    },
    {
      name: 'runner',
      type: 'list',
      placeholder: 'PLATFORM=LABEL',
      help: "Label of the runner for a platform (default: GitHub's own of that kind)",
    },
    { name: 'json', type: 'boolean', help: 'Print what strategy.matrix takes: {"include": [...]}' },
  ],
  arguments: {},
  examples: [
    ['containerize plan linux/amd64 linux/arm64', 'Which job runs where'],
    ['echo "matrix=$(containerize plan --json)" >> "$GITHUB_OUTPUT"', 'For the jobs after this one'],
    ['containerize plan linux/arm64 --runner linux/arm64=our-arm', 'On a runner of our own'],
  ],
  async run(args, context) {
    const given = [...args.positional, ...args.list('platform')].flatMap((item) => item.split(',')).filter(Boolean);
    const platforms = given.length > 0 ? given : await configuredFor(context);
    if (platforms.length === 0)
      throw new UsageError(
        'missing-value',
        'which platforms? neither the command line nor containerize.yml names one',
        {
          hint: 'for example: containerize plan linux/amd64 linux/arm64',
        },
      );
    const matrix = planPlatforms(platforms, parseRunners(args.list('runner'), '--runner'));
    context.io.stdout.write(args.flag('json') ? `${JSON.stringify(matrix)}\n` : tableOf(matrix.include));
    return 0;
  },
};

/** All that the file's images are for. */
async function configuredFor({ cwd, env }: CommandContext): Promise<string[]> {
  const { config } = await findPipelineFile(undefined, cwd, env);
  return config.images.flatMap(({ build }) => build.platforms);
}

function tableOf(jobs: readonly PlannedJob[]): string {
  return formatTable([
    ['PLATFORM', 'RUNNER', ''],
    ...jobs.map(({ platform, runner, native }) => [platform, runner, native ? '' : 'not native: needs emulation']),
  ]);
}
