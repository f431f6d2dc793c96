import type { Command } from '../command.ts';

export const command: Command = {
  name: 'port',
  aliases: ['container port'],
  summary: 'List the published ports of a container',
  usage: 'CONTAINER [PORT[/PROTOCOL]]',
  options: [],
  arguments: { min: 1, max: 2 },
  examples: [['containerize port web', 'Nothing yet: published ports come with a later version']],
  async run(args, { engine }) {
    // a container on the host's network has the host's ports: there is no mapping to show
    await (await (await engine()).containers()).get(args.positional[0]!);
    return 0;
  },
};
