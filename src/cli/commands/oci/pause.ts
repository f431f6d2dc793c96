import { pause } from '../../../runtime/oci/lifecycle.ts';
import type { OciCommand } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci pause',
  summary: 'Freeze every process of a container',
  usage: 'CONTAINER',
  options: [],
  arguments: { min: 1, max: 1 },
  async run(args, io) {
    await pause(io.oci, args.positional[0]!, true);
    return 0;
  },
};
