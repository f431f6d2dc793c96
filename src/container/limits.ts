import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { ContainerizeError } from '../errors.ts';
import type { BlockIoLimits, Resources } from '../runtime/spec-linux.ts';
import { deviceNumber } from './devices.ts';

export class LimitError extends ContainerizeError<'invalid-limit'> {}

/** Docker's names of limits. Sizes are bytes; absent means "no limit". */
export interface Limits {
  memory?: number;
  /** Memory and swap together; -1 for unlimited swap; default is twice the memory. */
  memorySwap?: number;
  memoryReservation?: number;
  memorySwappiness?: number;
  oomKillDisable?: boolean;
  /** Processors, such as 1.5. */
  cpus?: number;
  cpuShares?: number;
  cpuPeriod?: number;
  cpuQuota?: number;
  cpusetCpus?: string;
  cpusetMems?: string;
  /** -1 or 0: unlimited. */
  pids?: number;
  blkioWeight?: number;
  /** Microseconds; cgroup v1 alone. */
  cpuRtPeriod?: number;
  cpuRtRuntime?: number;
  blkioWeightDevice?: readonly DeviceLimit[];
  deviceReadBps?: readonly DeviceLimit[];
  deviceWriteBps?: readonly DeviceLimit[];
  deviceReadIops?: readonly DeviceLimit[];
  deviceWriteIops?: readonly DeviceLimit[];
}

/** A limit on one block device, named by its path on this machine. */
export interface DeviceLimit {
  path: string;
  value: number;
}

const CPU_PERIOD = 100_000;
/** Less than this and the kernel cannot start a process; Docker's floor as well. */
const LEAST_MEMORY = 6 * 1024 * 1024;

/** The limits as the runtime specification says them; wrong combinations are refused in Docker's sense. */
export function resourcesOf(limits: Limits): Pick<Resources, 'memory' | 'cpu' | 'pids' | 'blockIO'> {
  const fail = (message: string, hint?: string): never => {
    throw new LimitError('invalid-limit', message, { hint });
  };
  const { memory, memorySwap, memoryReservation } = limits;
  if (memory !== undefined && memory > 0 && memory < LEAST_MEMORY) {
    fail(`--memory: at least 6 MiB are needed, found ${memory} bytes`, 'write the unit: 512m, 2g');
  }
  if (memorySwap !== undefined && memorySwap > 0) {
    if (memory === undefined || memory <= 0)
      fail('--memory-swap counts memory and swap together: --memory is needed with it');
    else if (memorySwap < memory)
      fail(
        `--memory-swap (${memorySwap} bytes) counts memory and swap together: it cannot be less than --memory (${memory})`,
      );
  }
  if (memory !== undefined && memory > 0 && memoryReservation !== undefined && memoryReservation > memory) {
    fail('--memory-reservation cannot be more than --memory');
  }
  if (limits.cpus !== undefined) {
    if (limits.cpus < 0.01) fail(`--cpus: at least 0.01 are needed, found ${limits.cpus}`);
    const there = cpus().length;
    if (there > 0 && limits.cpus > there) fail(`--cpus ${limits.cpus}: this machine has ${there} processors`);
    if (limits.cpuQuota !== undefined || limits.cpuPeriod !== undefined)
      fail('--cpus and --cpu-quota or --cpu-period say the same thing: give one');
  }
  if (limits.cpuShares !== undefined && limits.cpuShares !== 0 && limits.cpuShares < 2)
    fail(`--cpu-shares: expected 2 or more, found ${limits.cpuShares}`);
  checkProcessors(limits.cpusetCpus, fail);
  const swap =
    memorySwap !== undefined && memorySwap !== 0
      ? memorySwap
      : memory !== undefined && memory > 0
        ? memory * 2
        : undefined;
  const memoryLimits = present({
    limit: memory !== undefined && memory > 0 ? memory : undefined,
    swap,
    reservation: memoryReservation,
    swappiness:
      limits.memorySwappiness === undefined || limits.memorySwappiness < 0 ? undefined : limits.memorySwappiness,
    disableOOMKiller: limits.oomKillDisable,
  });
  const quota = limits.cpus === undefined ? limits.cpuQuota : Math.round(limits.cpus * CPU_PERIOD);
  const cpu = present({
    quota,
    period: limits.cpus === undefined ? limits.cpuPeriod : CPU_PERIOD,
    shares: limits.cpuShares,
    cpus: limits.cpusetCpus,
    mems: limits.cpusetMems,
    realtimePeriod: limits.cpuRtPeriod,
    realtimeRuntime: limits.cpuRtRuntime,
  });
  const blockIO = blockIoOf(limits);
  return {
    ...(memoryLimits === undefined ? {} : { memory: memoryLimits }),
    ...(cpu === undefined ? {} : { cpu }),
    ...(limits.pids === undefined ? {} : { pids: { limit: limits.pids <= 0 ? -1 : limits.pids } }),
    ...(blockIO === undefined ? {} : { blockIO }),
  };
}

/** The kernel's own word for it is "Result not representable", and cgroup v2 says nothing at all. */
function checkProcessors(list: string | undefined, fail: (message: string) => never): void {
  if (list === undefined) return;
  let there: string;
  try {
    there = readFileSync('/sys/devices/system/cpu/online', 'latin1').trim();
  } catch {
    return;
  }
  const numbers = (text: string): number[] =>
    text.split(',').flatMap((part) => {
      const [from = 0, to = from] = part.split('-').map(Number);
      return to - from > 8192 ? [from, to] : Array.from({ length: to - from + 1 }, (_, i) => from + i);
    });
  const online = new Set(numbers(there));
  const missing = numbers(list).find((cpu) => !online.has(cpu));
  if (missing !== undefined)
    fail(`--cpuset-cpus ${list}: there is no processor ${missing} on this machine, which has ${there}`);
}

function blockIoOf(limits: Limits): BlockIoLimits | undefined {
  const rates = (list: readonly DeviceLimit[] | undefined) =>
    list?.map(({ path, value }) => ({ ...deviceNumber(path), rate: value }));
  return present({
    weight: limits.blkioWeight || undefined,
    weightDevice: limits.blkioWeightDevice?.map(({ path, value }) => ({ ...deviceNumber(path), weight: value })),
    throttleReadBpsDevice: rates(limits.deviceReadBps),
    throttleWriteBpsDevice: rates(limits.deviceWriteBps),
    throttleReadIOPSDevice: rates(limits.deviceReadIops),
    throttleWriteIOPSDevice: rates(limits.deviceWriteIops),
  });
}

/** The object without its undefined fields, or undefined when nothing is left. */
function present<T extends object>(object: T): { [K in keyof T]?: Exclude<T[K], undefined> } | undefined {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return entries.length === 0
    ? undefined
    : (Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> });
}
