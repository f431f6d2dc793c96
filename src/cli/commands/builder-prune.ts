import { pruneBuildCache } from '../../pipeline/store/prune.ts';
import { parseSize } from '../../size.ts';
import { badValue } from '../arguments.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { humanSize } from '../format.ts';
import { parseFilters, pruneFilter } from '../image/filter.ts';

export const command: Command = {
  name: 'builder prune',
  summary: 'Remove build cache',
  usage: '[OPTIONS]',
  options: [
    { name: 'all', short: 'a', type: 'boolean', help: 'Also what is part of an image, and cache mounts' },
    { name: 'filter', type: 'list', placeholder: 'until=AGE', help: 'Only what was not used for so long: until=24h' },
    { name: 'force', short: 'f', type: 'boolean', help: 'Do not ask' },
    {
      name: 'keep-storage',
      aliases: ['max-used-space', 'reserved-space'],
      type: 'string',
      placeholder: 'BYTES',
      help: 'Keep what was used last, up to this size: 10gb',
    },
  ],
  arguments: { max: 0 },
  examples: [
    ['containerize builder prune -f --filter until=168h', 'What no build used for a week'],
    ['containerize builder prune -af --keep-storage 10gb', 'Bring the cache down to a size'],
  ],
  async run(args, context) {
    const filter = pruneFilter(parseFilters(args.list('filter'), ['until', 'unused-for']));
    const keep = args.string('keep-storage');
    const maxBytes = keep === undefined ? undefined : parseSize(keep);
    if (keep !== undefined && maxBytes === undefined) throw badValue('keep-storage', 'a size such as 10gb', keep);
    const all = args.flag('all');
    if (
      !args.flag('force') &&
      !(await confirm(
        `WARNING! This will remove ${all ? 'all build cache' : 'build cache that is no part of an image'}.`,
        context,
      ))
    )
      return 0;
    const { removed, bytes } = await pruneBuildCache(await context.engine(), { all, before: filter.before, maxBytes });
    if (removed.length > 0) context.io.stdout.write(`Deleted build cache objects:\n${removed.join('\n')}\n\n`);
    context.io.stdout.write(`Total reclaimed space: ${humanSize(bytes)}\n`);
    return 0;
  },
};
