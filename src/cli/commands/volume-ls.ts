import type { Command } from '../command.ts';
import { VOLUME_COLUMNS, volumeFilter } from '../container/volume-row.ts';
import { printRows } from '../table.ts';

export const command: Command = {
  name: 'volume ls',
  aliases: ['volume list'],
  summary: 'List volumes',
  usage: '[OPTIONS]',
  options: [
    {
      name: 'filter',
      short: 'f',
      type: 'list',
      placeholder: 'KEY=VALUE',
      help: 'Only these: name=…, label=…, dangling=true',
    },
    { name: 'format', type: 'string', placeholder: 'TEMPLATE', help: 'table, json, or a Go template' },
    { name: 'quiet', short: 'q', type: 'boolean', help: 'Only names' },
  ],
  arguments: { max: 0 },
  examples: [['containerize volume ls --filter dangling=true', 'Volumes that no container uses']],
  async run(args, { io, engine }) {
    const opened = await engine();
    const [volumes, containers] = await Promise.all([opened.volumes(), opened.containers()]);
    const used = await containers.usedVolumes();
    const shown = (await volumes.list()).filter(volumeFilter(args.list('filter'), (name) => used.has(name)));
    if (args.flag('quiet')) for (const volume of shown) io.stdout.write(`${volume.name}\n`);
    else printRows(io.stdout, VOLUME_COLUMNS, shown, args.string('format'));
    return 0;
  },
};
