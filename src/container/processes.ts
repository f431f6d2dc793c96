import { readdir, readFile, readlink } from 'node:fs/promises';
import { cgroupPathsOf } from '../runtime/cgroup/paths.ts';
import { processesOf } from '../runtime/cgroup/processes.ts';
import type { ContainerRecord } from './record.ts';
import type { ContainerServices } from './services.ts';
import { needRunning } from './signals.ts';

/** Clock ticks of /proc/PID/stat in a second: the same on every machine that Node runs on. */
const TICKS = 100;

/** One process of a container, as the host sees it. */
export interface ProcessRow {
  pid: number;
  ppid: number;
  uid: number;
  /** Percent of one processor over its life. */
  cpu: number;
  started: Date;
  tty: string;
  /** Seconds of processor time. */
  time: number;
  command: string;
}

/** Host pids of everything that runs in a container. */
export async function containerPids(services: ContainerServices, record: ContainerRecord): Promise<number[]> {
  const { process: init } = await needRunning(services, record);
  const paths = await cgroupPathsOf(await services.runtime.cgroups(), init.pid);
  const pids = await processesOf(paths);
  if (pids.length > 0) return pids.sort((a, b) => a - b);
  // without a cgroup of its own (no privileges) its pid namespace tells
  return record.options.pid === undefined ? namespacePids(init.pid) : [init.pid];
}

async function namespacePids(first: number): Promise<number[]> {
  const namespaceOf = (pid: number | string) => readlink(`/proc/${pid}/ns/pid`).catch(() => undefined);
  const own = await namespaceOf(first);
  const all = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(all.map(async (pid) => (await namespaceOf(pid)) === own));
  return all.filter((_, i) => found[i]).map(Number);
}

/** What /proc says of these processes; those that ended meanwhile are left out. */
export async function processRows(pids: readonly number[]): Promise<ProcessRow[]> {
  const uptime = Number((await readFile('/proc/uptime', 'latin1')).split(' ')[0]);
  const rows = await Promise.all(pids.map((pid) => processRow(pid, uptime).catch(() => undefined)));
  return rows.filter((row) => row !== undefined);
}

async function processRow(pid: number, uptime: number): Promise<ProcessRow> {
  const [stat, status, cmdline] = await Promise.all(
    ['stat', 'status', 'cmdline'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8')),
  );
  const end = stat!.lastIndexOf(')');
  const name = stat!.slice(stat!.indexOf('(') + 1, end);
  const fields = stat!.slice(end + 2).split(' ');
  const field = (n: number): number => Number(fields[n - 3]);
  const ticks = field(14) + field(15);
  const age = Math.max(0, uptime - field(22) / TICKS);
  const words = cmdline!.split('\0').filter((word, i, all) => i < all.length - 1 || word !== '');
  return {
    pid,
    ppid: field(4),
    uid: Number(/^Uid:\s+\d+\s+(\d+)/m.exec(status!)?.[1] ?? 0),
    cpu: age === 0 ? 0 : (ticks / TICKS / age) * 100,
    started: new Date(Date.now() - age * 1000),
    tty: ttyName(field(7)),
    time: Math.floor(ticks / TICKS),
    command: words.length > 0 ? words.join(' ') : `[${name}]`,
  };
}

function ttyName(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  if (major >= 136 && major <= 143) return `pts/${(major - 136) * 256 + minor}`;
  return major === 4 ? `tty${minor}` : '?';
}
