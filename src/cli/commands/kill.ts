import { parseSignal, unknownSignal } from '../../dockerfile/signal.ts';
import { badValue } from '../arguments.ts';
import type { Command } from '../command.ts';
import { eachContainer } from '../container/each.ts';

export const command: Command = {
  name: 'kill',
  aliases: ['container kill'],
  summary: 'Kill running containers, or send them a signal',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  options: [
    { name: 'signal', short: 's', type: 'string', placeholder: 'SIGNAL', help: 'Signal to send (default KILL)' },
  ],
  arguments: { min: 1 },
  examples: [
    ['containerize kill web', 'End it now'],
    ['containerize kill -s HUP web', 'Let it read its configuration again'],
  ],
  async run(args, context) {
    const signal = args.string('signal') ?? 'KILL';
    const number = parseSignal(signal);
    if (number === undefined) throw badValue('signal', 'a signal', signal, unknownSignal(signal));
    return eachContainer(args.positional, context, async (container) => {
      await container.signal(number);
      // docker returns at once; whoever kills wants it gone
      if (number === 9) await container.kill();
    });
  },
};
