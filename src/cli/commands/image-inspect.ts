import type { Command } from '../command.ts';
import { inspect, KINDS } from '../inspect.ts';

export const command: Command = {
  name: 'image inspect',
  summary: 'Show everything about images',
  usage: '[OPTIONS] IMAGE [IMAGE...]',
  options: [
    { name: 'format', short: 'f', type: 'string', placeholder: 'FORMAT', help: 'json, or a Go template' },
    {
      name: 'platform',
      type: 'string',
      placeholder: 'OS/ARCH',
      help: 'Of an image for several platforms, show this one',
    },
  ],
  arguments: { min: 1 },
  examples: [["containerize image inspect -f '{{.Architecture}} {{.Size}}' app:1.4", 'One line of it']],
  run: (args, context) =>
    inspect(
      KINDS.filter((kind) => kind.name === 'image'),
      args,
      context,
    ),
};
