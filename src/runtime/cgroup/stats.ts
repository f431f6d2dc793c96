import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type CgroupHost, detectCgroups } from './host.ts';
import { type CgroupPaths, cgroupPathsOf, controllerFolder } from './paths.ts';
import { processesOf } from './processes.ts';

/** What a container uses now. A field is absent where the kernel does not count it. */
export interface CgroupStats {
  /** Bytes, page cache included. */
  memoryUsage?: number;
  /** Bytes without inactive page cache, as `docker stats` shows. */
  memoryWorkingSet?: number;
  memoryPeak?: number;
  /** Bytes; absent for no limit. */
  memoryLimit?: number;
  oomKills?: number;
  /** User and system, microseconds. */
  cpuUsec?: number;
  pids?: number;
  pidsLimit?: number;
  ioReadBytes?: number;
  ioWriteBytes?: number;
}

/** v1's "no limit" is the highest multiple of the page size. */
const UNLIMITED = 0x7ffffffff0000000;

/** Statistics of the cgroup that a process is in; undefined when it has none of its own. */
export async function statsOfProcess(pid: number, host?: CgroupHost): Promise<CgroupStats | undefined> {
  const known = host ?? (await detectCgroups());
  const paths = await cgroupPathsOf(known, pid);
  if (paths.unified === undefined && Object.keys(paths.v1).length === 0) return undefined;
  return cgroupStats(known, paths);
}

export async function cgroupStats(host: CgroupHost, paths: CgroupPaths): Promise<CgroupStats> {
  const memory = controllerFolder(host, paths, 'memory');
  const isV1 = (name: string): boolean => paths.v1[name] !== undefined;
  const stats: CgroupStats = {};
  const set = (key: keyof CgroupStats, value: number | undefined): void => {
    if (value !== undefined && Number.isFinite(value)) stats[key] = value;
  };
  if (memory !== undefined) {
    const v1 = isV1('memory');
    const usage = await readNumber(memory, v1 ? 'memory.usage_in_bytes' : 'memory.current');
    set('memoryUsage', usage);
    set('memoryPeak', await readNumber(memory, v1 ? 'memory.max_usage_in_bytes' : 'memory.peak'));
    const limit = await readNumber(memory, v1 ? 'memory.limit_in_bytes' : 'memory.max');
    if (limit !== undefined && limit < UNLIMITED) set('memoryLimit', limit);
    const inactive = await readKey(memory, 'memory.stat', v1 ? 'total_inactive_file' : 'inactive_file');
    if (usage !== undefined) set('memoryWorkingSet', Math.max(0, usage - (inactive ?? 0)));
    set('oomKills', await readKey(memory, v1 ? 'memory.oom_control' : 'memory.events', 'oom_kill'));
  }
  const { cpuacct } = paths.v1;
  if (cpuacct !== undefined) {
    const nsec = await readNumber(cpuacct, 'cpuacct.usage');
    set('cpuUsec', nsec === undefined ? undefined : Math.round(nsec / 1000));
  } else if (paths.unified !== undefined) {
    set('cpuUsec', await readKey(paths.unified, 'cpu.stat', 'usage_usec'));
  }
  const pids = controllerFolder(host, paths, 'pids');
  if (pids !== undefined) {
    set('pids', await readNumber(pids, 'pids.current'));
    set('pidsLimit', await readNumber(pids, 'pids.max'));
  } else {
    set('pids', (await processesOf(paths)).length);
  }
  const { blkio } = paths.v1;
  const io =
    blkio !== undefined ? await ioV1(blkio) : paths.unified !== undefined ? await ioV2(paths.unified) : undefined;
  set('ioReadBytes', io?.read);
  set('ioWriteBytes', io?.write);
  return stats;
}

async function readText(folder: string, file: string): Promise<string | undefined> {
  return readFile(join(folder, file), 'utf8').catch(() => undefined);
}

async function readNumber(folder: string, file: string): Promise<number | undefined> {
  const text = (await readText(folder, file))?.trim();
  return text === undefined || !/^\d+$/.test(text) ? undefined : Number(text);
}

async function readKey(folder: string, file: string, key: string): Promise<number | undefined> {
  const line = (await readText(folder, file))?.split('\n').find((l) => l.startsWith(`${key} `));
  return line === undefined ? undefined : Number(line.slice(key.length + 1));
}

async function ioV1(folder: string): Promise<{ read: number; write: number } | undefined> {
  const text = await readText(folder, 'blkio.throttle.io_service_bytes');
  if (text === undefined) return undefined;
  const sum = (word: string): number =>
    [...text.matchAll(new RegExp(`^\\d+:\\d+ ${word} (\\d+)$`, 'gm'))].reduce(
      (total, match) => total + Number(match[1]),
      0,
    );
  return { read: sum('Read'), write: sum('Write') };
}

async function ioV2(folder: string): Promise<{ read: number; write: number } | undefined> {
  const text = await readText(folder, 'io.stat');
  if (text === undefined) return undefined;
  const sum = (word: string): number =>
    [...text.matchAll(new RegExp(` ${word}=(\\d+)`, 'g'))].reduce((total, match) => total + Number(match[1]), 0);
  return { read: sum('rbytes'), write: sum('wbytes') };
}
