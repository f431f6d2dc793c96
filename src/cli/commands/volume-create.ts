import { ContainerError } from '../../container/container-error.ts';
import { badValue } from '../arguments.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'volume create',
  summary: 'Make a volume',
  usage: '[OPTIONS] [NAME]',
  options: [
    { name: 'driver', short: 'd', type: 'string', placeholder: 'NAME', choices: ['local'], help: 'Only local' },
    { name: 'label', type: 'list', placeholder: 'NAME=VALUE', help: 'Label of the volume' },
    {
      name: 'opt',
      short: 'o',
      type: 'list',
      help: '',
      refused: 'volumes are plain folders here; mount what you need and use a bind',
    },
    { name: 'name', type: 'string', placeholder: 'NAME', help: 'Older spelling of the argument' },
  ],
  arguments: { max: 1 },
  examples: [['containerize volume create data', 'A volume to give to several containers']],
  async run(args, { io, engine }) {
    const labels = args.list('label').map((text) => {
      const equals = text.indexOf('=');
      if (equals === 0) throw badValue('label', 'NAME=VALUE', text);
      return (equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)]) as [string, string];
    });
    const name = args.positional[0] ?? args.string('name');
    if (name === '') throw new ContainerError('invalid-name', 'the name of a volume cannot be empty');
    const volume = await (await (await engine()).volumes()).ensure(name, { labels: Object.fromEntries(labels) });
    io.stdout.write(`${volume.name}\n`);
    return 0;
  },
};
