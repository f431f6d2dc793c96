import { changesOf } from '../../container/changes.ts';
import type { Command } from '../command.ts';

export const command: Command = {
  name: 'diff',
  aliases: ['container diff'],
  summary: 'Show what a container changed in its files',
  usage: 'CONTAINER',
  options: [],
  arguments: { min: 1, max: 1 },
  examples: [['containerize diff web', 'A added, C changed, D deleted']],
  async run(args, { io, engine }) {
    const { services, record } = await (await (await engine()).containers()).get(args.positional[0]!);
    for (const { kind, path } of await changesOf(services, record)) io.stdout.write(`${kind} ${path}\n`);
    return 0;
  },
};
