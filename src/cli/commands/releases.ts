import { parseReference } from '../../oci/reference.ts';
import { releaseHistory, repositoryName } from '../../pipeline/release.ts';
import type { Command } from '../command.ts';
import { ago, shortId } from '../format.ts';
import { REGISTRY_OPTIONS, registryFlags } from '../registry-options.ts';
import { CHANNEL_OPTION } from '../release/options.ts';
import { type Column, printRows } from '../table.ts';

interface Row {
  channel: string;
  event: string;
  digest: string;
  time: string;
  tag: string;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'Channel', heading: 'CHANNEL', value: (row) => row.channel },
  { name: 'Event', heading: 'EVENT', value: (row) => row.event },
  { name: 'ID', heading: 'IMAGE', value: (row) => shortId(row.digest) },
  { name: 'Since', heading: 'WHEN', value: (row) => ago(row.time) },
  { name: 'Tag', heading: 'SHADOW TAG', value: (row) => row.tag },
  { name: 'Digest', heading: 'DIGEST', value: (row) => row.digest, hidden: true },
  { name: 'Time', heading: 'TIME', value: (row) => row.time, hidden: true },
];

export const command: Command = {
  name: 'releases',
  summary: 'Show what a channel named when, the newest first',
  usage: '[OPTIONS] REPOSITORY[:CHANNEL]',
  options: [
    CHANNEL_OPTION,
    { name: 'format', type: 'string', placeholder: 'TEMPLATE', help: 'table, json, or a Go template' },
    { name: 'json', type: 'boolean', help: 'One JSON object a line' },
    ...REGISTRY_OPTIONS,
  ],
  arguments: { min: 1, max: 1 },
  examples: [
    ['containerize releases ghcr.io/owner/app:production', 'What was live'],
    ['containerize releases ghcr.io/owner/app --json', 'All channels, for a program'],
  ],
  async run(args, context) {
    const reference = parseReference(args.positional[0]!);
    const channel = args.string('channel') ?? reference.tag;
    const entries = await releaseHistory(await context.engine(), repositoryName(reference), channel, {
      registry: registryFlags(args),
      signal: context.signal,
    });
    const rows = entries.reverse().map(({ channel: name, event, digest, time, tag }) => ({
      channel: name,
      event,
      digest,
      time: time.toISOString(),
      tag,
    }));
    printRows(context.io.stdout, COLUMNS, rows, args.flag('json') ? 'json' : args.string('format'));
    return 0;
  },
};
