import { remove } from '../../../runtime/oci/lifecycle.ts';
import type { OciCommand } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci delete',
  summary: 'Remove what a stopped container holds',
  usage: '[OPTIONS] CONTAINER',
  options: [
    {
      name: 'force',
      short: 'f',
      type: 'boolean',
      help: 'Kill it first if it runs; no error when there is no such container',
    },
    { name: 'regex', short: 'r', type: 'boolean', help: 'Not done', refused: 'give one container ID' },
  ],
  arguments: { min: 1, max: 1 },
  async run(args, io) {
    await remove(io.oci, args.positional[0]!, args.flag('force'));
    return 0;
  },
};
