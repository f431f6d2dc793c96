import { list } from '../../../runtime/oci/lifecycle.ts';
import { stateOf } from '../../../runtime/oci/stored.ts';
import type { OciCommand } from './oci-command.ts';

export const command: OciCommand = {
  name: 'oci list',
  aliases: ['oci ls'],
  summary: 'List the containers of this root',
  usage: '[OPTIONS]',
  options: [
    {
      name: 'format',
      short: 'f',
      type: 'string',
      placeholder: 'table|json',
      choices: ['table', 'json'],
      help: 'How to print',
    },
    { name: 'quiet', short: 'q', type: 'boolean', help: 'IDs only' },
  ],
  arguments: { max: 0 },
  async run(args, io) {
    const all = await list(io.oci);
    if (args.flag('quiet')) {
      io.out(all.map(({ id }) => `${id}\n`).join(''));
      return 0;
    }
    const rows = all.map((one) => ({
      ...stateOf(one, one.status),
      rootfs: one.rootfs,
      created: one.created,
      owner: 'root',
    }));
    if (args.string('format') === 'json') {
      io.out(`${JSON.stringify(rows)}\n`);
      return 0;
    }
    const table = [
      ['ID', 'PID', 'STATUS', 'BUNDLE', 'CREATED', 'OWNER'],
      ...rows.map((row) => [row.id, String(row.pid), row.status, row.bundle, row.created, row.owner]),
    ];
    const widths = table[0]!.map((_, i) => Math.max(...table.map((line) => line[i]!.length)));
    io.out(
      table
        .map(
          (line) =>
            `${line
              .map((word, i) => word.padEnd(widths[i]!))
              .join('   ')
              .trimEnd()}\n`,
        )
        .join(''),
    );
    return 0;
  },
};
