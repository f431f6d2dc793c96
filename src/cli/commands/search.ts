import { DEFAULT_REGISTRY } from '../../oci/reference.ts';
import { type Found, searchCatalog, searchHub } from '../../registry/search.ts';
import { parseServerName } from '../../registry/server-name.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { ellipsis } from '../format.ts';
import { REGISTRY_OPTIONS, registryFlags } from '../registry-options.ts';
import { type Column, printRows } from '../table.ts';

export const command: Command = {
  name: 'search',
  summary: 'Search Docker Hub, or the catalog of another registry',
  usage: '[OPTIONS] [REGISTRY/]TERM',
  options: [
    {
      name: 'filter',
      short: 'f',
      type: 'list',
      placeholder: 'KEY=VALUE',
      help: 'stars=N, is-official=true|false, is-automated=true|false',
    },
    {
      name: 'format',
      type: 'string',
      placeholder: 'TEMPLATE',
      help: 'A Go template for each row, table TEMPLATE, or json',
    },
    { name: 'limit', type: 'number', placeholder: 'N', help: 'Most results to show (default 25)' },
    { name: 'no-trunc', type: 'boolean', help: 'Do not cut descriptions' },
    ...REGISTRY_OPTIONS,
  ],
  arguments: { min: 1, max: 1 },
  examples: [
    ['containerize search --filter is-official=true nginx', 'Official images on Docker Hub'],
    ['containerize search localhost:5000/', 'Everything in a registry of your own'],
  ],
  async run(args, { io, signal, engine }) {
    const term = args.positional[0]!;
    const limit = args.number('limit') ?? 25;
    if (!Number.isInteger(limit) || limit < 1 || limit > 100)
      throw new UsageError('bad-value', `--limit must be 1 to 100, found ${limit}`);
    const wanted = filters(args.list('filter'));
    const opened = await engine();
    const client = await opened.registry(registryFlags(args));
    const slash = term.indexOf('/');
    const host = term.slice(0, Math.max(0, slash));
    const registry = /[.:]|^localhost$/.test(host) ? parseServerName(host) : DEFAULT_REGISTRY;
    const found =
      registry === DEFAULT_REGISTRY
        ? await searchHub(client.http, term, limit, { signal })
        : await searchCatalog(client, registry, term.slice(slash + 1), limit, { signal });
    const full = args.flag('no-trunc');
    const columns: Column<Found>[] = [
      { name: 'Name', heading: 'NAME', value: (row) => row.name },
      {
        name: 'Description',
        heading: 'DESCRIPTION',
        value: (row) =>
          full ? row.description.replace(/\s+/g, ' ') : ellipsis(row.description.replace(/\s+/g, ' '), 45),
      },
      { name: 'StarCount', heading: 'STARS', value: (row) => String(row.stars) },
      { name: 'IsOfficial', heading: 'OFFICIAL', value: (row) => (row.official ? '[OK]' : '') },
      { name: 'IsAutomated', heading: 'AUTOMATED', value: (row) => (row.automated ? '[OK]' : ''), hidden: true },
    ];
    printRows(io.stdout, columns, found.filter(wanted), args.string('format'));
    return 0;
  },
};

function filters(texts: readonly string[]): (row: Found) => boolean {
  const tests = texts.map((text): ((row: Found) => boolean) => {
    const [key, value = ''] = text.split('=');
    if (key === 'stars' && /^\d+$/.test(value)) return (row) => row.stars >= Number(value);
    if ((key === 'is-official' || key === 'is-automated') && /^(true|false|1|0)$/.test(value)) {
      const yes = value === 'true' || value === '1';
      return (row) => (key === 'is-official' ? row.official : row.automated) === yes;
    }
    throw new UsageError(
      'bad-value',
      `--filter: expected stars=N, is-official=BOOL or is-automated=BOOL, found "${text}"`,
    );
  });
  return (row) => tests.every((test) => test(row));
}
