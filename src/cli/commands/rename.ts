import type { Command } from '../command.ts';

export const command: Command = {
  name: 'rename',
  aliases: ['container rename'],
  summary: 'Give a container another name',
  usage: 'CONTAINER NEW_NAME',
  options: [],
  arguments: { min: 2, max: 2 },
  examples: [['containerize rename calm_harbor web', 'A name to remember']],
  async run(args, context) {
    const [name, next] = args.positional;
    const container = await (await (await context.engine()).containers()).get(name!);
    await container.rename(next!);
    return 0;
  },
};
