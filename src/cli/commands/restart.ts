import type { Command } from '../command.ts';
import { eachContainer } from '../container/each.ts';

export const command: Command = {
  name: 'restart',
  aliases: ['container restart'],
  summary: 'Stop containers and start them again',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  options: [
    {
      name: 'time',
      short: 't',
      aliases: ['timeout'],
      type: 'number',
      placeholder: 'SECONDS',
      help: 'How long to wait before killing (default 10)',
    },
    { name: 'signal', short: 's', type: 'string', placeholder: 'SIGNAL', help: 'Signal to ask with' },
  ],
  arguments: { min: 1 },
  examples: [['containerize restart web', 'After a change of a mounted configuration file']],
  async run(args, context) {
    return eachContainer(args.positional, context, async (container) => {
      await container.stop({ seconds: args.number('time'), signal: args.string('signal'), abort: context.signal });
      await container.start();
    });
  },
};
