import { pipeline } from 'node:stream/promises';
import { exportContainer } from '../../container/export.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { writeUserFile } from '../user-stream.ts';

export const command: Command = {
  name: 'export',
  aliases: ['container export'],
  summary: 'Write the files of a container as a tar archive',
  usage: '[OPTIONS] CONTAINER',
  options: [
    { name: 'output', short: 'o', type: 'string', placeholder: 'FILE', help: 'Write to a file instead of stdout' },
  ],
  arguments: { min: 1, max: 1 },
  examples: [['containerize export web -o web.tar', 'Everything but volumes']],
  async run(args, context) {
    const { io, signal } = context;
    const { services, record } = await (await (await context.engine()).containers()).get(args.positional[0]!);
    const file = args.string('output');
    if (file === undefined && io.isTerminal.stdout) {
      throw new UsageError('bad-combination', 'a tar is not for a terminal: use -o FILE, or redirect the output');
    }
    const tar = await exportContainer(services, record, signal);
    if (file === undefined) await pipeline(tar, io.stdout, { end: false });
    else await writeUserFile(file, context, (out) => pipeline(tar, out));
    return 0;
  },
};
