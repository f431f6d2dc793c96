import {
  type Pruned,
  pruneBuildCache,
  pruneContainers,
  pruneImages,
  pruneVolumes,
} from '../../pipeline/store/prune.ts';
import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { humanSize } from '../format.ts';
import { parseFilters, pruneFilter } from '../image/filter.ts';

export const command: Command = {
  name: 'system prune',
  summary: 'Remove what nobody uses: containers, images, build cache',
  usage: '[OPTIONS]',
  options: [
    {
      name: 'all',
      short: 'a',
      type: 'boolean',
      help: 'All images that no container uses, not only those without a name; all build cache, cache mounts too',
    },
    { name: 'filter', type: 'list', placeholder: 'KEY=VALUE', help: 'Only some: until=AGE|TIME, label=…, label!=…' },
    { name: 'force', short: 'f', type: 'boolean', help: 'Do not ask' },
    { name: 'volumes', type: 'boolean', help: 'Volumes without a name, too' },
  ],
  arguments: { max: 0 },
  examples: [
    ['containerize system prune', 'Stopped containers, images without a name, build cache of no image'],
    ['containerize system prune -af --filter until=168h', 'In a nightly job: everything unused and older than a week'],
  ],
  async run(args, context) {
    const all = args.flag('all');
    const volumes = args.flag('volumes');
    const filter = pruneFilter(parseFilters(args.list('filter'), ['until', 'label', 'label!']));
    const list = [
      'all stopped containers',
      ...(volumes ? ['all anonymous volumes not used by at least one container'] : []),
      all ? 'all images without at least one container associated to them' : 'all dangling images',
      all ? 'all build cache' : 'unused build cache',
    ];
    if (
      !args.flag('force') &&
      !(await confirm(`WARNING! This will remove:\n${list.map((what) => `  - ${what}`).join('\n')}\n`, context))
    )
      return 0;
    const engine = await context.engine();
    let bytes = 0;
    const report = (title: string, pruned: Pruned) => {
      bytes += pruned.bytes;
      if (pruned.removed.length > 0) context.io.stdout.write(`${title}:\n${pruned.removed.join('\n')}\n\n`);
    };
    report('Deleted Containers', await pruneContainers(engine, filter));
    if (volumes) report('Deleted Volumes', await pruneVolumes(engine, { all: false, labels: filter.labels }));
    report('Deleted Images', await pruneImages(engine, { ...filter, all }));
    // Records have no labels: with a filter on labels docker leaves the build cache alone.
    if (filter.labels === undefined)
      report('Deleted build cache objects', await pruneBuildCache(engine, { all, before: filter.before }));
    context.io.stdout.write(`Total reclaimed space: ${humanSize(bytes)}\n`);
    return 0;
  },
};
