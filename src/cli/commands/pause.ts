import type { Command } from '../command.ts';
import { eachContainer } from '../container/each.ts';

export const command: Command = {
  name: 'pause',
  aliases: ['container pause'],
  summary: 'Freeze all processes of containers',
  usage: 'CONTAINER [CONTAINER...]',
  options: [],
  arguments: { min: 1 },
  examples: [['containerize pause db', 'Copy its files while nothing changes']],
  run: (args, context) => eachContainer(args.positional, context, (container) => container.pause(true)),
};
