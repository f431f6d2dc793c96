import type { Command } from '../command.ts';
import { eachContainer } from '../container/each.ts';

export const command: Command = {
  name: 'rm',
  aliases: ['container rm', 'container remove'],
  summary: 'Remove containers',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  options: [
    { name: 'force', short: 'f', type: 'boolean', help: 'Kill running ones first' },
    { name: 'volumes', short: 'v', type: 'boolean', help: 'Remove the volumes without name that were made for it' },
    { name: 'link', short: 'l', type: 'boolean', help: '', refused: 'there are no links between containers' },
  ],
  arguments: { min: 1 },
  examples: [
    ['containerize rm web', 'Remove a container that has ended'],
    ['containerize rm -fv web', 'Kill it, and remove it with its volumes'],
  ],
  run: (args, context) =>
    eachContainer(
      args.positional,
      context,
      (container) => container.remove({ force: args.flag('force'), volumes: args.flag('volumes') }),
      { missingIsFine: args.flag('force') },
    ),
};
