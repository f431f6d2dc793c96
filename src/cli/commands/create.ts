import type { Command } from '../command.ts';
import { CONTAINER_FLAGS } from '../container/flags.ts';
import { makeContainer } from '../container/make.ts';
import { containerOptions } from '../container/options.ts';

export const command: Command = {
  name: 'create',
  aliases: ['container create'],
  summary: 'Make a container without starting it',
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  options: CONTAINER_FLAGS,
  stopAtFirstArgument: true,
  arguments: { min: 1 },
  examples: [
    ['containerize create --name job app:latest ./job', 'Make it now'],
    ['containerize start --attach job', 'and start it later'],
  ],
  async run(args, context) {
    const [image, ...words] = args.positional;
    const options = await containerOptions(args, words, context);
    const container = await makeContainer(image!, options, args, context);
    context.io.stdout.write(`${container.id}\n`);
    return 0;
  },
};
