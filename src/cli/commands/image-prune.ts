import { pruneImages } from '../../pipeline/store/prune.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { humanSize } from '../format.ts';
import { parseFilters, pruneFilter } from '../image/filter.ts';

export const command: Command = {
  name: 'image prune',
  summary: 'Remove images that nobody uses',
  usage: '[OPTIONS]',
  options: [
    { name: 'all', short: 'a', type: 'boolean', help: 'All that no container uses, not only those without a name' },
    { name: 'filter', type: 'list', placeholder: 'KEY=VALUE', help: 'Only some: until=AGE|TIME, label=…, label!=…' },
    { name: 'force', short: 'f', type: 'boolean', help: 'Do not ask' },
  ],
  arguments: { max: 0 },
  examples: [['containerize image prune -af --filter until=24h', 'Unused images that are older than a day']],
  async run(args, context) {
    const all = args.flag('all');
    const filter = pruneFilter(parseFilters(args.list('filter'), ['until', 'label', 'label!']));
    const what = all ? 'all images without at least one container associated to them' : 'all dangling images';
    if (!args.flag('force') && !(await confirm(`WARNING! This will remove ${what}.`, context))) return 0;
    const { removed, bytes } = await pruneImages(await context.engine(), { ...filter, all });
    if (removed.length > 0) context.io.stdout.write(`Deleted Images:\n${removed.join('\n')}\n\n`);
    context.io.stdout.write(`Total reclaimed space: ${humanSize(bytes)}\n`);
    return 0;
  },
};
