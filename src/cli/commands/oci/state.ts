import { state } from '../../../runtime/oci/lifecycle.ts';
import type { OciCommand } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci state',
  summary: 'Show the state of a container as JSON',
  usage: 'CONTAINER',
  options: [],
  arguments: { min: 1, max: 1 },
  async run(args, io) {
    io.out(`${JSON.stringify(await state(io.oci, args.positional[0]!), null, 2)}\n`);
    return 0;
  },
};
