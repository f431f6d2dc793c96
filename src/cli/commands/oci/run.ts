import { run } from '../../../runtime/oci/run.ts';
import { CREATE_OPTIONS, createOptions } from './create.ts';
import type { OciCommand } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci run',
  summary: 'Create and start a container, wait for its end and delete it',
  usage: '[OPTIONS] CONTAINER',
  options: [
    ...CREATE_OPTIONS,
    { name: 'detach', short: 'd', type: 'boolean', help: 'Do not wait' },
    { name: 'keep', type: 'boolean', help: 'Do not delete it at the end' },
  ],
  arguments: { min: 1, max: 1 },
  run: (args, io) =>
    run(io.oci, { ...createOptions(args, io), detach: args.flag('detach'), keep: args.flag('keep') }, io.terminal),
};
