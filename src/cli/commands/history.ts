import { loadImage } from '../../content/image.ts';
import { findImage } from '../../content/image-list.ts';
import type { HistoryEntry } from '../../oci/image-config.ts';
import { parsePlatform } from '../../oci/platform.ts';
import type { Command } from '../command.ts';
import { ago, ellipsis, goTime, humanSize, shortId } from '../format.ts';
import { type Column, printRows } from '../table.ts';

interface Row {
  id: string;
  entry: HistoryEntry;
  size: number;
  noTrunc: boolean;
  human: boolean;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'ID', heading: 'IMAGE', value: (r) => r.id },
  {
    name: 'CreatedSince',
    heading: 'CREATED',
    value: (r) => (r.human ? ago(r.entry.created) : (r.entry.created ?? 'N/A')),
  },
  {
    name: 'CreatedAt',
    heading: 'CREATED AT',
    value: (r) => (r.human ? goTime(r.entry.created) : (r.entry.created ?? 'N/A')),
    hidden: true,
  },
  { name: 'CreatedBy', heading: 'CREATED BY', value: (r) => createdBy(r) },
  { name: 'Size', heading: 'SIZE', value: (r) => (r.human ? humanSize(r.size) : String(r.size)) },
  { name: 'Comment', heading: 'COMMENT', value: (r) => r.entry.comment ?? '' },
];

export const command: Command = {
  name: 'history',
  summary: 'Show how an image was made, newest step first',
  usage: '[OPTIONS] IMAGE',
  options: [
    { name: 'format', type: 'string', placeholder: 'FORMAT', help: 'table, "table TEMPLATE", json, or a Go template' },
    { name: 'human', short: 'H', type: 'boolean', help: 'Sizes and dates for people; --human=false for programs' },
    { name: 'no-trunc', type: 'boolean', help: 'Do not cut what is long' },
    {
      name: 'platform',
      type: 'string',
      placeholder: 'OS/ARCH',
      help: 'Of an image for several platforms, show this one',
    },
    { name: 'quiet', short: 'q', type: 'boolean', help: 'Show IDs only' },
  ],
  arguments: { min: 1, max: 1 },
  examples: [
    ['containerize history debian:bookworm-slim', 'Layers with their sizes'],
    ['containerize history --no-trunc --format "{{.CreatedBy}}" app', 'The whole instructions'],
  ],
  async run(args, context) {
    const engine = await context.engine();
    const [store, refs] = await Promise.all([engine.content(), engine.refs()]);
    const found = await findImage(store, refs, args.positional[0]!);
    const platform = args.string('platform');
    const { config, configDescriptor, layers } = await loadImage(
      { descriptor: found.descriptor, content: store },
      platform === undefined ? undefined : parsePlatform(platform),
    );
    const noTrunc = args.flag('no-trunc');
    const human = args.maybeFlag('human') ?? true;
    let layer = 0;
    // An image without history still has layers to show.
    const entries: HistoryEntry[] = config.history?.length ? config.history : layers.map(() => ({}));
    const rows = entries
      .map(
        (entry): Row => ({
          id: '<missing>',
          entry,
          size: entry.empty_layer ? 0 : (layers[layer++]?.descriptor.size ?? 0),
          noTrunc,
          human,
        }),
      )
      .reverse();
    if (rows[0]) rows[0].id = noTrunc ? configDescriptor.digest : shortId(configDescriptor.digest);
    if (args.flag('quiet')) for (const row of rows) context.io.stdout.write(`${row.id}\n`);
    else printRows(context.io.stdout, COLUMNS, rows, args.string('format'));
    return 0;
  },
};

function createdBy({ entry, noTrunc }: Row): string {
  const text = (entry.created_by ?? '').replaceAll('\t', ' ').replaceAll('\n', ' ');
  return noTrunc ? text : ellipsis(text, 45);
}
