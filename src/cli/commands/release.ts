import { parseReference } from '../../oci/reference.ts';
import { repositoryName, unhold } from '../../pipeline/release/channel.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { registryFlags } from '../registry-options.ts';
import { carryOut } from '../release/carry-out.ts';
import { CHANNEL_OPTION, channelOf, MOVE_OPTIONS } from '../release/options.ts';

export const command: Command = {
  name: 'release',
  summary: 'Make a channel (a tag such as production) name an image that was pushed',
  usage: '[OPTIONS] IMAGE[:TAG|@DIGEST] [REPOSITORY...] --channel NAME',
  options: [
    CHANNEL_OPTION,
    { name: 'unhold', type: 'boolean', help: 'End the hold that a rollback left, release nothing' },
    {
      name: 'force',
      short: 'f',
      type: 'boolean',
      help: 'Release although the channel is held or at a higher version, or its registries disagree',
    },
    ...MOVE_OPTIONS,
  ],
  arguments: { min: 1 },
  examples: [
    ['containerize release ghcr.io/owner/app:1.4.2 --channel production', 'What is live is 1.4.2 from now on'],
    ['containerize release ghcr.io/owner/app:1.4.2 owner/app --channel latest', 'In another registry (and only there)'],
    ['containerize release app@sha256:… --channel production --smoke "/app --version"', 'Only when it starts'],
    ['containerize release --unhold ghcr.io/owner/app --channel production', 'Let releases move the channel again'],
  ],
  async run(args, context) {
    const [source, ...more] = args.positional as [string, ...string[]];
    const channel = channelOf(args, undefined);
    const given = parseReference(source);
    if (args.flag('unhold')) {
      const engine = await context.engine();
      const options = { registry: registryFlags(args), signal: context.signal };
      const ended = await unhold(engine, args.positional, channel, options);
      context.io.stdout.write(ended ? `${channel} is free again\n` : `${channel} is not held\n`);
      return 0;
    }
    if (given.tag === undefined && given.digest === undefined)
      throw new UsageError('bad-value', `which image? expected a tag or a digest after ${source}`);
    const repositories = more.length > 0 ? more : [repositoryName(given)];
    return carryOut(args, context, { action: 'release', repositories, channel, source, force: args.flag('force') });
  },
};
