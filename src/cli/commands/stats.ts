import type { Container } from '../../container/container.ts';
import { type CgroupStats, statsOfProcess } from '../../runtime/cgroup/stats.ts';
import type { Command, Terminal } from '../command.ts';
import { humanMemory, humanSize } from '../format.ts';
import { type Column, printRows } from '../table.ts';

interface StatsRow {
  container: Container;
  full: boolean;
  stats: CgroupStats | undefined;
  /** Percent of one processor since the last look. */
  cpu: number;
  /** Bytes of this machine. */
  memory: number;
}

const SECOND = 1000;
const percent = (value: number): string => `${value.toFixed(2)}%`;
const limitOf = ({ stats, memory }: StatsRow): number => Math.min(stats?.memoryLimit ?? memory, memory);

const COLUMNS: readonly Column<StatsRow>[] = [
  {
    name: 'ID',
    heading: 'CONTAINER ID',
    value: ({ container, full }) => (full ? container.id : container.id.slice(0, 12)),
  },
  { name: 'Name', heading: 'NAME', value: ({ container }) => container.name },
  { name: 'CPUPerc', heading: 'CPU %', value: (row) => percent(row.cpu) },
  {
    name: 'MemUsage',
    heading: 'MEM USAGE / LIMIT',
    value: (row) =>
      `${humanMemory(row.stats?.memoryWorkingSet ?? 0)} / ${humanMemory(row.stats === undefined ? 0 : limitOf(row))}`,
  },
  {
    name: 'MemPerc',
    heading: 'MEM %',
    value: (row) => percent(row.stats === undefined ? 0 : ((row.stats.memoryWorkingSet ?? 0) / limitOf(row)) * 100),
  },
  // on the host's network there is nothing that is the container's alone
  { name: 'NetIO', heading: 'NET I/O', value: () => '--' },
  {
    name: 'BlockIO',
    heading: 'BLOCK I/O',
    value: ({ stats }) => `${humanSize(stats?.ioReadBytes ?? 0)} / ${humanSize(stats?.ioWriteBytes ?? 0)}`,
  },
  { name: 'PIDs', heading: 'PIDS', value: ({ stats }) => String(stats?.pids ?? 0) },
  {
    name: 'Container',
    heading: 'CONTAINER',
    hidden: true,
    value: ({ container, full }) => (full ? container.id : container.id.slice(0, 12)),
  },
];

export const command: Command = {
  name: 'stats',
  aliases: ['container stats'],
  summary: 'Show what containers use',
  usage: '[OPTIONS] [CONTAINER...]',
  options: [
    { name: 'all', short: 'a', type: 'boolean', help: 'Also those that do not run' },
    { name: 'format', type: 'string', placeholder: 'TEMPLATE', help: 'table, json, or a Go template' },
    { name: 'no-stream', type: 'boolean', help: 'Once, and done' },
    { name: 'no-trunc', type: 'boolean', help: 'Show IDs in full' },
  ],
  examples: [
    ['containerize stats', 'Watch what runs'],
    ["containerize stats --no-stream --format '{{.Name}} {{.MemUsage}}'", 'For a script'],
  ],
  async run(args, { io, engine, signal }) {
    const { totalmem } = await import('node:os');
    const containers = await (await engine()).containers();
    const look = new Look();
    const full = args.flag('no-trunc');
    const stream = !args.flag('no-stream');
    // the first look has nothing to compare with
    await look.take(await chosen());
    for (;;) {
      await sleep(SECOND, signal);
      if (signal.aborted) return 0;
      const seen = await look.take(await chosen());
      const rows = seen.map((one): StatsRow => ({ ...one, full, memory: totalmem() }));
      if (stream && io.isTerminal.stdout) clear(io);
      printRows(io.stdout, COLUMNS, rows, args.string('format'));
      if (!stream) return 0;
    }

    async function chosen(): Promise<Container[]> {
      if (args.positional.length > 0) return Promise.all(args.positional.map((name) => containers.get(name)));
      const all = await containers.list();
      const states = await Promise.all(all.map((container) => container.state()));
      return all.filter((_, i) => args.flag('all') || states[i]!.status === 'running');
    }
  },
};

/** Remembers the last look, because the kernel counts processor time from the start. */
class Look {
  #last = new Map<string, { cpuUsec: number; at: number }>();

  async take(containers: readonly Container[]): Promise<Pick<StatsRow, 'container' | 'stats' | 'cpu'>[]> {
    const now = new Map<string, { cpuUsec: number; at: number }>();
    const rows = await Promise.all(
      containers.map(async (container) => {
        const { process } = await container.state();
        const stats = process === undefined ? undefined : await statsOfProcess(process.pid).catch(() => undefined);
        const at = performance.now();
        const before = this.#last.get(container.id);
        if (stats?.cpuUsec !== undefined) now.set(container.id, { cpuUsec: stats.cpuUsec, at });
        const cpu =
          before === undefined || stats?.cpuUsec === undefined
            ? 0
            : ((stats.cpuUsec - before.cpuUsec) / 1000 / (at - before.at)) * 100;
        return { container, stats, cpu: Math.max(0, cpu) };
      }),
    );
    this.#last = now;
    return rows;
  }
}

function clear(io: Terminal): void {
  io.stdout.write('\u001b[2J\u001b[H');
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    const stop = (): void => {
      clearTimeout(timer);
      resolve();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
