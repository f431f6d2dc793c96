import { pruneContainers } from '../../pipeline/store/prune.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { humanSize } from '../format.ts';
import { parseFilters, pruneFilter } from '../image/filter.ts';

export const command: Command = {
  name: 'container prune',
  summary: 'Remove all stopped containers',
  usage: '[OPTIONS]',
  options: [
    { name: 'filter', type: 'list', placeholder: 'KEY=VALUE', help: 'Only some: until=AGE|TIME, label=…, label!=…' },
    { name: 'force', short: 'f', type: 'boolean', help: 'Do not ask' },
  ],
  arguments: { max: 0 },
  examples: [['containerize container prune -f --filter until=1h', 'What ended, and was made more than an hour ago']],
  async run(args, context) {
    const filter = pruneFilter(parseFilters(args.list('filter'), ['until', 'label', 'label!']));
    if (!args.flag('force') && !(await confirm('WARNING! This will remove all stopped containers.', context))) return 0;
    const { removed, bytes } = await pruneContainers(await context.engine(), filter);
    if (removed.length > 0) context.io.stdout.write(`Deleted Containers:\n${removed.join('\n')}\n\n`);
    context.io.stdout.write(`Total reclaimed space: ${humanSize(bytes)}\n`);
    return 0;
  },
};
