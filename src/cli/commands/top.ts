import { spawn } from 'node:child_process';
import { containerPids, type ProcessRow, processRows } from '../../container/processes.ts';
import { UsageError } from '../arguments.ts';
import type { Command } from '../command.ts';
import { formatTable } from '../table.ts';

export const command: Command = {
  name: 'top',
  aliases: ['container top'],
  summary: 'Show the processes of a container',
  usage: 'CONTAINER [PS OPTIONS]',
  options: [],
  stopAtFirstArgument: true,
  arguments: { min: 1 },
  examples: [
    ['containerize top web', 'What runs in it'],
    ['containerize top web -o pid,rss,args', "With options of this machine's ps"],
  ],
  async run(args, { io, engine }) {
    const [name, ...options] = args.positional;
    const container = await (await (await engine()).containers()).get(name!);
    const pids = await containerPids(container.services, container.record);
    if (options.length > 0) {
      io.stdout.write(await hostPs(options, new Set(pids)));
      return 0;
    }
    const rows = await processRows(pids);
    io.stdout.write(formatTable([['UID', 'PID', 'PPID', 'C', 'STIME', 'TTY', 'TIME', 'CMD'], ...rows.map(cells)]));
    return 0;
  },
};

function cells(row: ProcessRow): string[] {
  const two = (n: number) => String(n).padStart(2, '0');
  const today = Date.now() - row.started.getTime() < 86_400_000;
  const started = today
    ? `${two(row.started.getHours())}:${two(row.started.getMinutes())}`
    : row.started.toISOString().slice(0, 10);
  const time = `${two(Math.floor(row.time / 3600))}:${two(Math.floor(row.time / 60) % 60)}:${two(row.time % 60)}`;
  return [
    String(row.uid),
    String(row.pid),
    String(row.ppid),
    String(Math.floor(row.cpu)),
    started,
    row.tty,
    time,
    row.command,
  ];
}

/** docker's way for other columns: the machine's ps, and of its lines those whose PID is the container's. */
async function hostPs(options: readonly string[], pids: ReadonlySet<number>): Promise<string> {
  const child = spawn('ps', options, { stdio: ['ignore', 'pipe', 'pipe'] });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', (cause) =>
      reject(new UsageError('bad-value', 'top with options needs the program ps on this machine', { cause })),
    );
  });
  if (code !== 0) throw new UsageError('bad-value', `ps ${options.join(' ')}: ${output.stderr.trim().split('\n')[0]}`);
  const [heading = '', ...lines] = output.stdout.trimEnd().split('\n');
  const column = heading.trim().split(/\s+/).indexOf('PID');
  if (column < 0)
    throw new UsageError('bad-value', 'top: the options of ps must show the column PID', {
      hint: 'for example: -o pid,rss,args',
    });
  const own = lines.filter((line) => pids.has(Number(line.trim().split(/\s+/)[column])));
  return `${[heading, ...own].join('\n')}\n`;
}
