import { displayName } from '../../content/image-list.ts';
import { type DiskUsage, diskUsage } from '../../pipeline/store/disk-usage.ts';
import type { Command } from '../command.ts';
import { ago, ellipsis, humanDuration, humanSize, shortId } from '../format.ts';
import { type Column, formatTable, printRows } from '../table.ts';

interface Row {
  type: string;
  total: number;
  active: number;
  bytes: number;
  reclaimable: number;
}

const COLUMNS: readonly Column<Row>[] = [
  { name: 'Type', heading: 'TYPE', value: (r) => r.type },
  { name: 'TotalCount', heading: 'TOTAL', value: (r) => String(r.total) },
  { name: 'Active', heading: 'ACTIVE', value: (r) => String(r.active) },
  { name: 'Size', heading: 'SIZE', value: (r) => humanSize(r.bytes) },
  {
    name: 'Reclaimable',
    heading: 'RECLAIMABLE',
    // docker gives no share for the build cache
    value: (r) =>
      `${humanSize(r.reclaimable)}${r.bytes > 0 && r.type !== 'Build Cache' ? ` (${Math.floor((100 * r.reclaimable) / r.bytes)}%)` : ''}`,
  },
];

export const command: Command = {
  name: 'system df',
  summary: 'Show what takes space on the disk, and what could be freed',
  usage: '[OPTIONS]',
  options: [
    { name: 'format', type: 'string', placeholder: 'FORMAT', help: 'table, "table TEMPLATE", json, or a Go template' },
    { name: 'verbose', short: 'v', type: 'boolean', help: 'Each image, container, volume and cache record' },
  ],
  arguments: { max: 0 },
  examples: [
    ['containerize system df', 'The sums'],
    ['containerize system df -v', 'One by one'],
  ],
  async run(args, context) {
    const usage = await diskUsage(await context.engine());
    if (args.flag('verbose')) context.io.stdout.write(verbose(usage));
    else printRows(context.io.stdout, COLUMNS, summary(usage), args.string('format'));
    return 0;
  },
};

function summary({ images, containers, volumes, cache, imageBytes, imageReclaimable, cacheBytes }: DiskUsage): Row[] {
  const sum = (numbers: number[]) => numbers.reduce((a, b) => a + b, 0);
  const inUse = cache.filter((c) => c.kind === 'mount' && c.entry.inUse);
  return [
    {
      type: 'Images',
      total: images.length,
      active: images.filter((i) => i.containers > 0).length,
      bytes: imageBytes,
      reclaimable: imageReclaimable,
    },
    {
      type: 'Containers',
      total: containers.length,
      active: containers.filter((c) => c.user.running).length,
      bytes: sum(containers.map((c) => c.bytes)),
      reclaimable: sum(containers.filter((c) => !c.user.running).map((c) => c.bytes)),
    },
    {
      type: 'Local Volumes',
      total: volumes.length,
      active: volumes.filter((v) => v.users > 0).length,
      bytes: sum(volumes.map((v) => v.bytes)),
      reclaimable: sum(volumes.filter((v) => v.users === 0).map((v) => v.bytes)),
    },
    {
      type: 'Build Cache',
      total: cache.length,
      active: inUse.length,
      bytes: cacheBytes,
      reclaimable: cacheBytes - sum(inUse.map((c) => c.bytes)),
    },
  ];
}

function verbose({ images, containers, volumes, cache, cacheBytes }: DiskUsage): string {
  const imageRows = images.flatMap(({ image, shared, containers: users }) =>
    (image.names.length > 0 ? image.names.map(displayName) : [{ repository: '<none>', tag: '<none>' }]).map(
      ({ repository, tag }) => [
        repository,
        tag,
        shortId(image.id),
        ago(image.config.created),
        humanSize(image.size),
        humanSize(shared),
        humanSize(image.size - shared),
        String(users),
      ],
    ),
  );
  const containerRows = containers.map(({ user, bytes, image, created, command: words }) => [
    shortId(user.container),
    image,
    `"${ellipsis(words, 20)}"`,
    humanSize(bytes),
    ago(created),
    user.running ? 'running' : 'stopped',
    user.name,
  ]);
  const cacheRows = cache.map((c) =>
    c.kind === 'mount'
      ? [
          shortId(c.entry.id),
          'exec.cachemount',
          humanSize(c.bytes),
          ago(new Date(c.entry.created).toISOString()),
          `${humanDuration(Date.now() - c.entry.usedAt)} ago`,
          'false',
        ]
      : [
          shortId(c.entry.key),
          'regular',
          humanSize(c.bytes),
          ago(c.entry.record.created),
          `${humanDuration(Date.now() - c.entry.usedAt)} ago`,
          String(c.shared),
        ],
  );
  const part = (title: string, headings: string[], rows: string[][]) =>
    `${title}\n\n${formatTable([headings, ...rows])}`;
  return [
    part(
      'Images space usage:',
      ['REPOSITORY', 'TAG', 'IMAGE ID', 'CREATED', 'SIZE', 'SHARED SIZE', 'UNIQUE SIZE', 'CONTAINERS'],
      imageRows,
    ),
    part(
      'Containers space usage:',
      ['CONTAINER ID', 'IMAGE', 'COMMAND', 'SIZE', 'CREATED', 'STATUS', 'NAMES'],
      containerRows,
    ),
    part(
      'Local Volumes space usage:',
      ['VOLUME NAME', 'LINKS', 'SIZE'],
      volumes.map(({ volume, users, bytes }) => [volume.name, String(users), humanSize(bytes)]),
    ),
    part(
      `Build cache usage: ${humanSize(cacheBytes)}`,
      ['CACHE ID', 'CACHE TYPE', 'SIZE', 'CREATED', 'LAST USED', 'SHARED'],
      cacheRows,
    ),
  ].join('\n');
}
