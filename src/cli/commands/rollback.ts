import { parseReference } from '../../oci/reference.ts';
import { repositoryName } from '../../pipeline/release/channel.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { carryOut } from '../release/carry-out.ts';
import { CHANNEL_OPTION, channelOf, MOVE_OPTIONS } from '../release/options.ts';

export const command: Command = {
  name: 'rollback',
  summary: 'Make a channel name an earlier image again; nothing is built',
  usage: '[OPTIONS] REPOSITORY[:CHANNEL]...',
  options: [
    CHANNEL_OPTION,
    {
      name: 'to',
      type: 'string',
      placeholder: 'previous[~N]|TAG|VERSION|DIGEST',
      help: 'Where to go; previous (the default) is the last successful release that was not rolled back from',
    },
    { name: 'no-hold', type: 'boolean', help: 'Let later releases move the channel at once' },
    {
      name: 'force',
      short: 'f',
      type: 'boolean',
      help: 'Roll back although the schema revision is older or the registries disagree',
    },
    ...MOVE_OPTIONS,
  ],
  arguments: { min: 1 },
  examples: [
    ['containerize rollback ghcr.io/owner/app:production', 'To the release before'],
    ['containerize rollback ghcr.io/owner/app owner/app --channel latest --to 1.4.1', 'In two registries'],
    ['containerize rollback ghcr.io/owner/app:production --to previous~2 --dry-run', 'Only show what would move'],
  ],
  async run(args, context) {
    const references = args.positional.map((name) => parseReference(name));
    const tags = new Set(references.map(({ tag }) => tag));
    if (tags.size > 1 && args.string('channel') === undefined)
      throw new UsageError('bad-combination', 'which channel? name one for all repositories: --channel NAME');
    return carryOut(args, context, {
      action: 'rollback',
      repositories: references.map((reference) => repositoryName(reference)),
      channel: channelOf(args, [...tags][0]),
      to: args.string('to') ?? 'previous',
      noHold: args.flag('no-hold'),
      force: args.flag('force'),
    });
  },
};
