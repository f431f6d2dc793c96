import { parseReference } from '../../oci/reference.ts';
import { repositoryName } from '../../pipeline/release/channel.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { carryOut } from '../release/carry-out.ts';
import { CHANNEL_OPTION, MOVE_OPTIONS } from '../release/options.ts';

export const command: Command = {
  name: 'promote',
  summary: 'Make one channel name what another one names, also across registries',
  usage: '[OPTIONS] REPOSITORY:CHANNEL REPOSITORY[:CHANNEL]...',
  options: [
    CHANNEL_OPTION,
    {
      name: 'force',
      short: 'f',
      type: 'boolean',
      help: 'Promote although the channel is held or at a higher version, or its registries disagree',
    },
    ...MOVE_OPTIONS,
  ],
  arguments: { min: 2 },
  examples: [
    ['containerize promote ghcr.io/owner/app:staging ghcr.io/owner/app:production', 'Nothing is built again'],
    [
      'containerize promote ghcr.io/owner/app:staging owner/app mirror.example.com/app -c stable',
      'To other registries',
    ],
  ],
  async run(args, context) {
    const [source, ...targets] = args.positional as [string, ...string[]];
    const from = parseReference(source);
    if (from.tag === undefined && from.digest === undefined)
      throw new UsageError('bad-value', `promote from which channel? expected ${source}:CHANNEL`);
    const references = targets.map((target) => parseReference(target));
    const channels = new Set(references.map(({ tag }) => args.string('channel') ?? tag));
    const [channel] = channels;
    if (channels.size !== 1 || channel === undefined)
      throw new UsageError('bad-combination', 'promote to which channel? name one for all: --channel NAME');
    const repositories = references.map((reference) => repositoryName(reference));
    return carryOut(args, context, { action: 'promote', repositories, channel, source, force: args.flag('force') });
  },
};
