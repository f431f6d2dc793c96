import type { Command } from '../command.ts';
import { confirm } from '../confirm.ts';
import { volumeFilter } from '../container/volume-row.ts';
import { humanSize } from '../format.ts';

export const command: Command = {
  name: 'volume prune',
  summary: 'Remove volumes that no container uses',
  usage: '[OPTIONS]',
  options: [
    { name: 'all', short: 'a', type: 'boolean', help: 'Also those with a name' },
    { name: 'filter', type: 'list', placeholder: 'KEY=VALUE', help: 'Only these: label=…' },
    { name: 'force', short: 'f', type: 'boolean', help: 'Do not ask' },
  ],
  arguments: { max: 0 },
  examples: [['containerize volume prune -af', 'Remove every volume that is not in use']],
  async run(args, { io, engine, signal }) {
    const all = args.flag('all') || args.list('filter').some((f) => /^all=(1|true)$/.test(f));
    const what = all
      ? 'WARNING! This will remove all volumes that no container uses.'
      : 'WARNING! This will remove all volumes without a name that no container uses.';
    if (!args.flag('force') && !(await confirm(what, { io, signal }))) return 0;
    const opened = await engine();
    const [volumes, containers] = await Promise.all([opened.volumes(), opened.containers()]);
    const used = await containers.usedVolumes();
    const matches = volumeFilter(args.list('filter'), (name) => used.has(name));
    const removed: string[] = [];
    let freed = 0;
    for (const volume of await volumes.list()) {
      if (used.has(volume.name) || !matches(volume) || !(all || volume.anonymous)) continue;
      freed += await volumes.size(volume);
      await volumes.remove(volume.name);
      removed.push(volume.name);
    }
    if (removed.length > 0) io.stdout.write(`Deleted Volumes:\n${removed.join('\n')}\n\n`);
    io.stdout.write(`Total reclaimed space: ${humanSize(freed)}\n`);
    return 0;
  },
};
