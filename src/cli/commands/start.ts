import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { eachContainer } from '../container/each.ts';

export const command: Command = {
  name: 'start',
  aliases: ['container start'],
  summary: 'Start containers that were made or have ended',
  usage: '[OPTIONS] CONTAINER [CONTAINER...]',
  options: [
    { name: 'checkpoint', type: 'string', help: '', refused: 'checkpoints are not done here' },
    { name: 'checkpoint-dir', type: 'string', help: '', refused: 'checkpoints are not done here' },
    {
      name: 'attach',
      short: 'a',
      type: 'boolean',
      help: 'Show its output, hand signals on, and exit with its exit code',
    },
    { name: 'interactive', short: 'i', type: 'boolean', help: 'Connect stdin' },
    {
      name: 'detach-keys',
      type: 'string',
      placeholder: 'KEYS',
      help: 'Keys that leave it running; default ctrl-p,ctrl-q',
    },
  ],
  arguments: { min: 1 },
  examples: [
    ['containerize start web', 'Again, in the background'],
    ['containerize start -ai job', 'Again, here'],
  ],
  async run(args, context) {
    if (!args.flag('attach') && !args.flag('interactive')) {
      return eachContainer(args.positional, context, (container) => container.start());
    }
    if (args.positional.length > 1)
      throw new UsageError('bad-combination', 'only one container can have your terminal: --attach with one name');
    const container = await (await (await context.engine()).containers()).get(args.positional[0]!);
    const { attachAndStart } = await import('../container/attach.ts');
    const streams = {
      tty: container.record.options.tty ?? false,
      interactive: args.flag('interactive'),
      ...(args.flag('attach') ? {} : { attach: ['stdin'] }),
    };
    return attachAndStart(container, streams, context, { detachKeys: args.string('detach-keys') });
  },
};
