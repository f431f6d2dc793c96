import { pause } from '../../../runtime/oci/lifecycle.ts';
import type { OciCommand } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci resume',
  summary: 'Let a paused container go on',
  usage: 'CONTAINER',
  options: [],
  arguments: { min: 1, max: 1 },
  async run(args, io) {
    await pause(io.oci, args.positional[0]!, false);
    return 0;
  },
};
