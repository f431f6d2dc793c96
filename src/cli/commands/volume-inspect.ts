import type { Command } from '../command.ts';
import { volumeJson } from '../container/volume-row.ts';
import { printInspected } from '../print-inspected.ts';
import { reportError } from '../report-error.ts';

export const command: Command = {
  name: 'volume inspect',
  summary: 'Show volumes in detail',
  usage: '[OPTIONS] VOLUME [VOLUME...]',
  options: [
    {
      name: 'format',
      short: 'f',
      type: 'string',
      placeholder: 'TEMPLATE',
      help: 'json, or a Go template: {{.Mountpoint}}',
    },
  ],
  arguments: { min: 1 },
  examples: [["containerize volume inspect -f '{{.Mountpoint}}' data", 'Where its files are']],
  async run(args, context) {
    const volumes = await (await context.engine()).volumes();
    const found: object[] = [];
    let code = 0;
    for (const name of args.positional) {
      try {
        found.push(volumeJson(await volumes.need(name)));
      } catch (error) {
        code ||= await reportError(error, context);
      }
    }
    printInspected(context.io.stdout, found, args.string('format'));
    return code;
  },
};
