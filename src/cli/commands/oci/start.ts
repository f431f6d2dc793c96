import { start } from '../../../runtime/oci/lifecycle.ts';
import type { OciCommand } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci start',
  summary: 'Run the program of a created container',
  usage: 'CONTAINER',
  options: [],
  arguments: { min: 1, max: 1 },
  async run(args, io) {
    await start(io.oci, args.positional[0]!);
    return 0;
  },
};
