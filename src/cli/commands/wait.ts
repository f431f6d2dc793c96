import type { Command } from '../command.ts';
import { eachContainer } from '../container/each.ts';

export const command: Command = {
  name: 'wait',
  aliases: ['container wait'],
  summary: 'Wait until containers have ended and print their exit codes',
  usage: 'CONTAINER [CONTAINER...]',
  options: [],
  arguments: { min: 1 },
  examples: [['containerize wait job', 'Wait for a job in the background']],
  run: (args, context) =>
    eachContainer(args.positional, context, async (container) => {
      const state = await container.wait({ signal: context.signal });
      return String(state.exit?.exitCode ?? 0);
    }),
};
