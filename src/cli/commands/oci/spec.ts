import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ContainerizeError, codeOf } from '../../../errors.ts';
import { exampleSpec } from '../../../runtime/oci/example-spec.ts';
import type { OciCommand } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci spec',
  summary: 'Write an example config.json',
  usage: '[OPTIONS]',
  options: [
    {
      name: 'bundle',
      short: 'b',
      type: 'string',
      placeholder: 'DIR',
      help: 'Folder to write it to (default: the current one)',
    },
    { name: 'rootless', type: 'boolean', help: 'For a user who is not root' },
  ],
  arguments: { max: 0 },
  async run(args, io) {
    const file = join(resolve(io.cwd, args.string('bundle') ?? '.'), 'config.json');
    const rootless = args.flag('rootless') ? { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 } : undefined;
    await writeFile(file, `${JSON.stringify(exampleSpec(rootless), null, 2)}\n`, { flag: 'wx' }).catch((cause) => {
      if (codeOf(cause) !== 'EEXIST') throw cause;
      throw new ContainerizeError('file-exists', `${file} exists already`, { cause, hint: 'remove it first' });
    });
    return 0;
  },
};
