import type { Command } from '../command.ts';
import { containerFilter } from '../container/filter.ts';
import { CONTAINER_COLUMNS, containerRow } from '../container/row.ts';
import { humanSize } from '../format.ts';
import { printRows } from '../table.ts';

export const command: Command = {
  name: 'ps',
  aliases: ['container ls', 'container list', 'container ps'],
  summary: 'List containers',
  usage: '[OPTIONS]',
  options: [
    { name: 'all', short: 'a', type: 'boolean', help: 'Also those that do not run' },
    {
      name: 'filter',
      short: 'f',
      type: 'list',
      placeholder: 'KEY=VALUE',
      help: 'Only these: status=exited, name=web, label=app, ancestor=IMAGE',
    },
    {
      name: 'format',
      type: 'string',
      placeholder: 'TEMPLATE',
      help: 'table, json, or a Go template: {{.Names}} {{.Status}}',
    },
    { name: 'last', short: 'n', type: 'number', help: 'The last N that were made' },
    { name: 'latest', short: 'l', type: 'boolean', help: 'The last one that was made' },
    { name: 'no-trunc', type: 'boolean', help: 'Show IDs and commands in full' },
    { name: 'quiet', short: 'q', type: 'boolean', help: 'Only IDs' },
    { name: 'size', short: 's', type: 'boolean', help: 'Show what each has written' },
  ],
  arguments: { max: 0 },
  examples: [
    ['containerize ps', 'What runs'],
    ['containerize ps -a --filter status=exited', 'What has ended'],
    ["containerize ps --format '{{.Names}}: {{.Status}}'", 'For a script'],
  ],
  async run(args, { io, engine }) {
    const all = await (await (await engine()).containers()).list();
    const full = args.flag('no-trunc');
    const rows = await Promise.all(all.map((container) => containerRow(container, full)));
    const filters = args.list('filter');
    const last = args.flag('latest') ? 1 : args.number('last');
    const every = args.flag('all') || last !== undefined || filters.some((f) => /^(status|exited)=/.test(f));
    const matches = containerFilter(filters, all);
    const shown = rows
      .filter((row) => (every || row.state.status === 'running') && matches(row))
      .slice(0, last === undefined || last < 0 ? undefined : last);
    if (args.flag('quiet')) {
      for (const { container } of shown) io.stdout.write(`${full ? container.id : container.id.slice(0, 12)}\n`);
      return 0;
    }
    const sizes = new Map<string, string>();
    if (args.flag('size') || args.string('format')?.includes('.Size')) {
      for (const { container } of shown) {
        const [own, all] = await Promise.all([container.writtenBytes(), container.rootBytes()]);
        sizes.set(container.id, `${humanSize(own)} (virtual ${humanSize(all)})`);
      }
    }
    const columns = CONTAINER_COLUMNS.map((column) =>
      column.name === 'Size'
        ? { ...column, hidden: sizes.size === 0, value: (row: (typeof rows)[0]) => sizes.get(row.container.id) ?? '0B' }
        : column,
    );
    printRows(io.stdout, columns, shown, args.string('format'));
    return 0;
  },
};
