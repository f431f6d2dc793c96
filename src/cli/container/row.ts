import type { Container } from '../../container/container.ts';
import type { ContainerState } from '../../container/record.ts';
import { familiarReference, parseReference, withDefaultTag } from '../../oci/reference.ts';
import { ellipsis, goTime, humanDuration, shortId } from '../format.ts';
import type { Column } from '../table.ts';

/** A container with its state, read once for a list. */
export interface ContainerRow {
  container: Container;
  state: ContainerState;
  paused: boolean;
  /** Whether IDs, commands and mounts are shown in full. */
  full: boolean;
  now: number;
}

export async function containerRow(container: Container, full: boolean): Promise<ContainerRow> {
  const [state, paused] = await Promise.all([container.state(), container.isPaused()]);
  return { container, state, paused, full, now: Date.now() };
}

/** Docker's word for the state: created, running, paused, exited. */
export function statusWord({ state, paused }: Pick<ContainerRow, 'state' | 'paused'>): string {
  return paused ? 'paused' : state.status;
}

/** `Up 5 minutes (healthy)`, `Exited (1) 2 hours ago`, `Created`. */
function statusText(row: ContainerRow): string {
  const { state, paused, now } = row;
  if (state.status === 'created') return 'Created';
  if (state.status === 'exited') {
    return `Exited (${state.exit?.exitCode ?? 0}) ${humanDuration(now - Date.parse(state.finishedAt ?? ''))} ago`;
  }
  const health =
    state.health === undefined
      ? ''
      : ` (${state.health.status === 'starting' ? 'health: starting' : state.health.status})`;
  return `Up ${humanDuration(now - Date.parse(state.startedAt ?? ''))}${paused ? ' (Paused)' : health}`;
}

/** Docker's columns of `ps`. */
export const CONTAINER_COLUMNS: readonly Column<ContainerRow>[] = [
  {
    name: 'ID',
    heading: 'CONTAINER ID',
    value: ({ container, full }) => (full ? container.id : shortId(container.id)),
  },
  { name: 'Image', heading: 'IMAGE', value: ({ container }) => imageName(container.record.image.name) },
  {
    name: 'Command',
    heading: 'COMMAND',
    value: ({ container, full }) => {
      const line = container.record.args.join(' ');
      return `"${full ? line : ellipsis(line, 20)}"`;
    },
  },
  {
    name: 'RunningFor',
    heading: 'CREATED',
    value: ({ container, now }) => `${humanDuration(now - Date.parse(container.record.created))} ago`,
  },
  { name: 'Status', heading: 'STATUS', value: statusText },
  { name: 'Ports', heading: 'PORTS', value: () => '' },
  { name: 'Names', heading: 'NAMES', value: ({ container }) => container.name },
  {
    name: 'CreatedAt',
    heading: 'CREATED AT',
    hidden: true,
    value: ({ container }) => goTime(container.record.created),
  },
  { name: 'State', heading: 'STATE', hidden: true, value: statusWord },
  { name: 'Size', heading: 'SIZE', hidden: true, value: () => '0B' },
  {
    name: 'Labels',
    heading: 'LABELS',
    hidden: true,
    value: ({ container }) =>
      Object.entries(labelsOf(container))
        .map(([name, value]) => `${name}=${value}`)
        .join(','),
  },
  {
    name: 'Mounts',
    heading: 'MOUNTS',
    hidden: true,
    value: ({ container, full }) =>
      container.record.mounts
        .filter((m) => m.type !== 'tmpfs')
        .map((m) => (full ? (m.name ?? m.source) : ellipsis(m.name ?? m.source, 15)))
        .join(','),
  },
  {
    name: 'LocalVolumes',
    heading: 'LOCAL VOLUMES',
    hidden: true,
    value: ({ container }) => String(container.record.mounts.filter((m) => m.type === 'volume').length),
  },
  {
    name: 'Networks',
    heading: 'NETWORKS',
    hidden: true,
    value: ({ container }) => container.record.options.network ?? 'host',
  },
];

/** The image's labels, and the container's own over them. */
export function labelsOf({ record }: Container): Record<string, string> {
  return { ...record.imageConfig.Labels, ...record.options.labels };
}

function imageName(name: string): string {
  if (/^(?:sha256:)?[0-9a-f]{64}$/.test(name)) return shortId(name);
  try {
    return familiarReference(parseReference(name));
  } catch {
    return name;
  }
}

/** One spelling of an image's name, to compare filters with. */
export function sameImage(container: Container, wanted: string): boolean {
  const { name, id } = container.record.image;
  if (name === wanted || id.startsWith(wanted) || id.slice('sha256:'.length).startsWith(wanted)) return true;
  try {
    return (
      familiarReference(withDefaultTag(parseReference(name))) ===
      familiarReference(withDefaultTag(parseReference(wanted)))
    );
  } catch {
    return false;
  }
}
