import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { processes } from '../../../runtime/oci/lifecycle.ts';
import type { OciCommand } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci ps',
  summary: 'List the processes of a container, as the host sees them',
  usage: '[OPTIONS] CONTAINER [PS-OPTIONS...]',
  options: [
    {
      name: 'format',
      short: 'f',
      type: 'string',
      placeholder: 'table|json',
      choices: ['table', 'json'],
      help: 'How to print',
    },
  ],
  stopAtFirstArgument: true,
  arguments: { min: 1 },
  async run(args, io) {
    const [id, ...words] = args.positional;
    const pids = await processes(io.oci, id!);
    if (args.string('format') === 'json') {
      io.out(`${JSON.stringify(pids)}\n`);
      return 0;
    }
    const { stdout } = await promisify(execFile)('ps', words.length > 0 ? words : ['-ef'], { maxBuffer: 1 << 26 });
    const [head = '', ...lines] = stdout.split('\n');
    const column = head.trim().split(/\s+/).indexOf('PID');
    const wanted = new Set(pids.map(String));
    io.out(
      [head, ...lines.filter((line) => wanted.has(line.trim().split(/\s+/)[column] ?? ''))]
        .map((line) => `${line}\n`)
        .join(''),
    );
    return 0;
  },
};
