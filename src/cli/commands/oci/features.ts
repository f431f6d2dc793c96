import { runtimeFeatures } from '../../../runtime/features.ts';
import type { OciCommand } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci features',
  summary: 'Show what this runtime can do, as JSON',
  usage: '',
  options: [],
  arguments: { max: 0 },
  async run(_, io) {
    io.out(`${JSON.stringify(runtimeFeatures(), null, 2)}\n`);
    return 0;
  },
};
