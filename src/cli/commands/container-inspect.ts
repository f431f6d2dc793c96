import type { Command } from '../command.ts';
import { inspect, KINDS } from '../inspect.ts';

export const command: Command = {
  name: 'container inspect',
  summary: 'Show everything about containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  options: [
    { name: 'format', short: 'f', type: 'string', placeholder: 'TEMPLATE', help: 'json, or a Go template' },
    { name: 'size', short: 's', type: 'boolean', help: 'Count its files too' },
  ],
  arguments: { min: 1 },
  examples: [["containerize container inspect -f '{{.State.Status}}' web", 'Whether it runs']],
  run: (args, context) =>
    inspect(
      KINDS.filter((kind) => kind.name === 'container'),
      args,
      context,
    ),
};
