import { parseSignal, unknownSignal } from '../../dockerfile/signal.ts';
import { badValue } from '../arguments.ts';
import type { Command } from '../command.ts';
import { eachContainer } from '../container/each.ts';

export const command: Command = {
  name: 'stop',
  aliases: ['container stop'],
  summary: 'Stop running containers: ask them first, then kill',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  options: [
    {
      name: 'time',
      short: 't',
      aliases: ['timeout'],
      type: 'number',
      placeholder: 'SECONDS',
      help: 'How long to wait before killing; -1 for ever (default 10)',
    },
    { name: 'signal', short: 's', type: 'string', placeholder: 'SIGNAL', help: 'Signal to ask with' },
  ],
  arguments: { min: 1 },
  examples: [
    ['containerize stop web', 'Ask it to end, and kill it after 10 seconds'],
    ['containerize stop -t 60 db', 'Give it a minute'],
  ],
  async run(args, context) {
    const signal = args.string('signal');
    if (signal !== undefined && parseSignal(signal) === undefined)
      throw badValue('signal', 'a signal', signal, unknownSignal(signal));
    return eachContainer(args.positional, context, (container) =>
      container.stop({ seconds: args.number('time'), signal, abort: context.signal }),
    );
  },
};
