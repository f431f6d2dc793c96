import type { Command } from '../command.ts';
import { eachContainer } from '../container/each.ts';

export const command: Command = {
  name: 'unpause',
  aliases: ['container unpause'],
  summary: 'Let paused containers go on',
  usage: 'CONTAINER [CONTAINER...]',
  options: [],
  arguments: { min: 1 },
  examples: [['containerize unpause db', 'Let it go on']],
  run: (args, context) => eachContainer(args.positional, context, (container) => container.pause(false)),
};
