import { displayName, findImage, listImages, type StoredImage } from '../../content/image-list.ts';
import { didYouMean } from '../../errors.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { ago, goTime, humanSize, shortId } from '../format.ts';
import { boolValue, createdAt, labelsFit, parseFilters, referenceFits, untilFits } from '../image/filter.ts';
import { type Column, printRows } from '../table.ts';

const FILTERS = ['before', 'dangling', 'label', 'label!', 'reference', 'since', 'until'];

interface Row {
  image: StoredImage;
  repository: string;
  tag: string;
  noTrunc: boolean;
  /** How many containers stand on it; read only when somebody asks. */
  containers: number | undefined;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'Repository', heading: 'REPOSITORY', value: (r) => r.repository },
  { name: 'Tag', heading: 'TAG', value: (r) => r.tag },
  { name: 'Digest', heading: 'DIGEST', value: (r) => r.image.descriptor.digest, hidden: true },
  { name: 'ID', heading: 'IMAGE ID', value: (r) => (r.noTrunc ? r.image.id : shortId(r.image.id)) },
  { name: 'CreatedSince', heading: 'CREATED', value: (r) => ago(r.image.config.created) },
  { name: 'CreatedAt', heading: 'CREATED AT', value: (r) => goTime(r.image.config.created), hidden: true },
  { name: 'Size', heading: 'SIZE', value: (r) => humanSize(r.image.size) },
  {
    name: 'Containers',
    heading: 'CONTAINERS',
    value: (r) => (r.containers === undefined ? 'N/A' : String(r.containers)),
    hidden: true,
  },
  { name: 'SharedSize', heading: 'SHARED SIZE', value: () => 'N/A', hidden: true },
  { name: 'UniqueSize', heading: 'UNIQUE SIZE', value: () => 'N/A', hidden: true },
  { name: 'VirtualSize', heading: 'SIZE', value: (r) => humanSize(r.image.size), hidden: true },
];

export const command: Command = {
  name: 'images',
  summary: 'List the images of the store',
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  options: [
    {
      name: 'all',
      short: 'a',
      type: 'boolean',
      help: 'Accepted as docker does: there are no intermediate images here',
    },
    { name: 'digests', type: 'boolean', help: 'Show digests' },
    {
      name: 'filter',
      short: 'f',
      type: 'list',
      placeholder: 'KEY=VALUE',
      help: `Show only some: ${FILTERS.filter((f) => !f.endsWith('!')).join(', ')}`,
    },
    { name: 'format', type: 'string', placeholder: 'FORMAT', help: 'table, "table TEMPLATE", json, or a Go template' },
    { name: 'no-trunc', type: 'boolean', help: 'Show whole IDs' },
    { name: 'quiet', short: 'q', type: 'boolean', help: 'Show IDs only' },
  ],
  arguments: { max: 1 },
  examples: [
    ['containerize images', 'What is there, newest first'],
    ["containerize images --filter 'reference=ghcr.io/*/app'", 'Images of some repositories'],
    [
      "containerize images --format '{{.Repository}}:{{.Tag}} {{.Size}}'",
      'Names and sizes alone; a size is that of the blobs, compressed as a registry keeps them',
    ],
  ],
  async run(args, context) {
    const engine = await context.engine();
    const [store, refs] = await Promise.all([engine.content(), engine.refs()]);
    const images = await listImages(store, refs, (names, descriptor, error) => {
      context.io.stderr.write(
        `warning: ${names.join(', ') || descriptor.digest} is damaged: ${error instanceof Error ? error.message : error}\n`,
      );
    });
    const filters = parseFilters(args.list('filter'), FILTERS);
    const fits = await imageFilter(filters, async (name) => createdAt(await findImage(store, refs, name)));
    const pattern = args.positional[0];
    const noTrunc = args.flag('no-trunc');
    const format = args.string('format');
    const dangling = filters.get('dangling')?.map((v) => boolValue(v, '--filter dangling'));
    const patterns = [...(filters.get('reference') ?? [])];
    const rows: Row[] = [];
    for (const image of images.filter(fits)) {
      if (dangling?.some((wanted) => wanted !== (image.names.length === 0))) continue;
      const names = image.names.filter(
        (name) =>
          (pattern === undefined || referenceFits(name, pattern)) &&
          (patterns.length === 0 || patterns.some((p) => referenceFits(name, p))),
      );
      for (const name of names) rows.push({ image, ...displayName(name), noTrunc, containers: undefined });
      if (image.names.length === 0 && pattern === undefined && patterns.length === 0)
        rows.push({ image, repository: '<none>', tag: '<none>', noTrunc, containers: undefined });
    }
    if (format?.includes('.Containers')) await countContainers(engine, rows);
    if (args.flag('quiet')) {
      if (format !== undefined) throw new UsageError('bad-combination', '--quiet and --format exclude each other');
      for (const row of rows) context.io.stdout.write(`${noTrunc ? row.image.id : shortId(row.image.id)}\n`);
      return 0;
    }
    const columns = args.flag('digests')
      ? COLUMNS.map((column) => (column.name === 'Digest' ? { ...column, hidden: false } : column))
      : COLUMNS;
    printRows(context.io.stdout, columns, rows, format);
    if (pattern !== undefined && rows.length === 0 && context.io.isTerminal.stderr && format === undefined) {
      const meant = didYouMean(
        pattern,
        images.flatMap((image) => image.names.map((name) => displayName(name).repository)),
      );
      if (meant) context.io.stderr.write(`nothing is called ${pattern}${meant}\n`);
    }
    return 0;
  },
};

/** What the filters that look at one image say; names are looked at apart. */
async function imageFilter(
  filters: ReadonlyMap<string, string[]>,
  createdOf: (name: string) => Promise<number>,
): Promise<(image: StoredImage) => boolean> {
  const before = await Promise.all((filters.get('before') ?? []).map(createdOf));
  const since = await Promise.all((filters.get('since') ?? []).map(createdOf));
  return (image) => {
    const created = createdAt(image);
    return (
      labelsFit(image.config.config?.Labels, filters) &&
      untilFits(created, filters) &&
      before.every((time) => created < time) &&
      since.every((time) => created > time)
    );
  };
}

async function countContainers(
  engine: Awaited<ReturnType<Parameters<Command['run']>[1]['engine']>>,
  rows: Row[],
): Promise<void> {
  const { imageUsers } = await import('../../pipeline/store/garbage.ts');
  const users = await imageUsers(engine);
  for (const row of rows) row.containers = users.filter((user) => user.imageId === row.image.id).length;
}
