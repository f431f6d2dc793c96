import type { Command } from '../command.ts';
import { inspect, KINDS } from '../inspect.ts';

export const command: Command = {
  name: 'inspect',
  summary: 'Show everything about containers, images and volumes',
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  options: [
    { name: 'format', short: 'f', type: 'string', placeholder: 'FORMAT', help: 'json, or a Go template' },
    {
      name: 'platform',
      type: 'string',
      placeholder: 'OS/ARCH',
      help: 'Of an image for several platforms, show this one',
    },
    { name: 'size', short: 's', type: 'boolean', help: 'Count the files of containers too' },
    {
      name: 'type',
      type: 'string',
      choices: ['container', 'image', 'volume'],
      placeholder: 'KIND',
      help: 'Look only for container, image or volume',
    },
  ],
  arguments: { min: 1 },
  examples: [
    ['containerize inspect app:1.4', 'As JSON'],
    ["containerize inspect -f '{{json .Config.Labels}}' app:1.4", 'One part of it'],
    ["containerize inspect -f '{{.State.ExitCode}}' web", 'Of a container'],
  ],
  async run(args, context) {
    const type = args.string('type');
    return inspect(
      KINDS.filter((kind) => type === undefined || kind.name === type),
      args,
      context,
    );
  },
};
