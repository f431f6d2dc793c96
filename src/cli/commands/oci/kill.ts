import { kill } from '../../../runtime/oci/lifecycle.ts';
import { signalNumber } from '../../../runtime/started.ts';
import type { OciCommand } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci kill',
  summary: 'Send a signal (default SIGTERM) to a container',
  usage: '[OPTIONS] CONTAINER [SIGNAL]',
  options: [
    { name: 'all', short: 'a', type: 'boolean', help: 'To every process of the container' },
    { name: 'regex', short: 'r', type: 'boolean', help: 'Not done', refused: 'give one container ID' },
  ],
  arguments: { min: 1, max: 2 },
  async run(args, io) {
    const [id, signal = 'SIGTERM'] = args.positional;
    await kill(io.oci, id!, signalNumber(signal), args.flag('all'));
    return 0;
  },
};
