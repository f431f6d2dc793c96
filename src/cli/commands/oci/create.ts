import { resolve } from 'node:path';
import { create } from '../../../runtime/oci/create.ts';
import type { Arguments, Option } from '../../command.ts';
import { type OciCommand, type OciIo, preservedFds } from './oci-command.ts';

/** Flags that `create` and `run` share. */
export const CREATE_OPTIONS: readonly Option[] = [
  {
    name: 'bundle',
    short: 'b',
    type: 'string',
    placeholder: 'DIR',
    help: 'Folder with config.json (default: the current one)',
  },
  { name: 'pid-file', type: 'string', placeholder: 'FILE', help: 'Write the process ID of the container there' },
  { name: 'console-socket', type: 'string', placeholder: 'PATH', help: 'Unix socket that gets the terminal' },
  {
    name: 'preserve-fds',
    type: 'number',
    placeholder: 'N',
    help: 'Hand on N descriptors beyond stdin, stdout and stderr',
  },
  { name: 'no-pivot', type: 'boolean', help: 'Move the root instead of pivoting (for a root on a ramdisk)' },
  { name: 'no-new-keyring', type: 'boolean', help: 'Keep the session keyring' },
  { name: 'no-subreaper', type: 'boolean', help: 'Accepted: no process of ours stays anyway' },
  {
    name: 'config',
    short: 'f',
    type: 'string',
    placeholder: 'FILE',
    help: 'Not done',
    refused: 'the configuration is config.json in the bundle',
  },
];

export function createOptions(args: Arguments, io: OciIo) {
  return {
    id: args.positional[0]!,
    bundle: resolve(io.cwd, args.string('bundle') ?? '.'),
    pidFile: args.string('pid-file'),
    consoleSocket: args.string('console-socket'),
    preserveFds: preservedFds(args, io.env),
    noPivot: args.flag('no-pivot'),
    noNewKeyring: args.flag('no-new-keyring'),
  };
}

export const command: OciCommand = {
  name: 'oci create',
  summary: 'Make a container from a bundle; its program does not run yet',
  usage: '[OPTIONS] CONTAINER',
  options: CREATE_OPTIONS,
  arguments: { min: 1, max: 1 },
  async run(args, io) {
    await create(io.oci, createOptions(args, io));
    return 0;
  },
};
