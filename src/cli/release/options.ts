import { type Digest, isDigest } from '../../oci/digest.ts';
import { UsageError } from '../arguments.ts';
import type { Arguments, Option } from '../command.ts';
import { REGISTRY_OPTIONS } from '../registry-options.ts';
import { AROUND_OPTIONS } from './around.ts';

/** Flags that release, promote and rollback share. */
export const MOVE_OPTIONS: readonly Option[] = [
  { name: 'tag', short: 't', type: 'list', placeholder: 'TAG', help: 'Move this tag along, before the channel' },
  {
    name: 'expect-current',
    type: 'string',
    placeholder: 'DIGEST',
    help: 'Do nothing unless the channel names this digest now',
  },
  {
    name: 'smoke',
    type: 'string',
    placeholder: 'COMMAND',
    help: 'Run this in a container of the image first, without a network; go on when it gives 0',
  },
  {
    name: 'checks',
    type: 'list',
    placeholder: 'FILE',
    help: 'Image checks (container-structure-test) that the image must pass first',
  },
  ...AROUND_OPTIONS,
  { name: 'dry-run', type: 'boolean', help: 'Resolve, prove and ask everything, show the plan, move nothing' },
  { name: 'only-tag', type: 'boolean', help: 'Move the tags and write no history: to mend by hand' },
  { name: 'yes', short: 'y', type: 'boolean', help: 'Do not ask on a terminal' },
  { name: 'json', type: 'boolean', help: 'Print the report as JSON' },
  ...REGISTRY_OPTIONS,
];

export const CHANNEL_OPTION: Option = {
  name: 'channel',
  short: 'c',
  type: 'string',
  placeholder: 'NAME',
  help: 'The tag that says what is live, such as production',
};

/** The flag, or the tag of the name; a digest is not a channel. */
export function channelOf(args: Arguments, tag: string | undefined): string {
  const channel = args.string('channel') ?? tag;
  if (channel === undefined)
    throw new UsageError(
      'missing-value',
      'which channel? name it with --channel NAME, or as the tag of the repository',
    );
  return channel;
}

export function digestFlag(args: Arguments, name: string): Digest | undefined {
  const text = args.string(name);
  if (text !== undefined && !isDigest(text))
    throw new UsageError('bad-value', `--${name}: expected a digest such as sha256:<64 hex digits>, found "${text}"`);
  return text;
}
