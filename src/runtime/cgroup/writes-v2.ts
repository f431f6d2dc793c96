import { RuntimeError } from '../error.ts';
import type { BlockIoLimits, CpuLimits, MemoryLimits, Resources, ThrottleDevice } from '../spec-linux.ts';
import { type CgroupWrite, isSet, limitText, type OnWarning } from './writes.ts';
import { rdmaLine } from './writes-v1.ts';

const DEFAULT_PERIOD = 100_000;

/** linux.resources → files of cgroup v2. Device rules are a BPF program: see device-program.ts. */
export function writesV2(resources: Resources, warn: OnWarning): CgroupWrite[] {
  if (isSet(resources.network?.classID) || resources.network?.priorities?.length) {
    warn('linux.resources.network is ignored: cgroup v2 has no net_cls and net_prio');
  }
  return [
    ...memory(resources.memory ?? {}, warn),
    ...cpu(resources.cpu ?? {}, warn),
    ...pids(resources),
    ...blockIo(resources.blockIO ?? {}, warn),
    ...(resources.hugepageLimits ?? []).map(({ pageSize, limit }) => ({
      controller: 'hugetlb',
      file: `hugetlb.${pageSize}.max`,
      value: String(limit),
    })),
    ...Object.entries(resources.rdma ?? {}).map(([device, { hcaHandles, hcaObjects }]) => ({
      controller: 'rdma',
      file: 'rdma.max',
      value: rdmaLine(device, hcaHandles, hcaObjects),
    })),
    ...unified(resources.unified ?? {}),
  ];
}

function memory(limits: MemoryLimits, warn: OnWarning): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const add = (file: string, value: string, optional = false): void => {
    writes.push({ controller: 'memory', file: `memory.${file}`, value, ...(optional && { optional }) });
  };
  const swap = swapMax(limits);
  if (swap !== undefined) add('swap.max', swap, true);
  if (isSet(limits.limit)) add('max', limitText(limits.limit, 'max'));
  if (isSet(limits.reservation)) add('low', limitText(limits.reservation, 'max'));
  if (isSet(limits.kernel) || isSet(limits.kernelTCP))
    warn('limits of kernel memory are ignored: cgroup v2 has none apart');
  if (limits.swappiness !== undefined && limits.swappiness >= 0)
    warn('memory.swappiness is ignored: cgroup v2 has none');
  if (limits.disableOOMKiller) warn('memory.disableOOMKiller is ignored: cgroup v2 has no such switch');
  return writes;
}

/** v1 counts memory and swap together, v2 swap alone. */
function swapMax({ limit = 0, swap = 0 }: MemoryLimits): string | undefined {
  if (swap === 0) return limit < 0 ? 'max' : undefined;
  if (swap < 0) return 'max';
  if (limit <= 0) {
    throw new RuntimeError(
      'spec-invalid',
      'linux.resources.memory.swap needs memory.limit: cgroup v2 limits swap alone',
    );
  }
  if (swap < limit) {
    throw new RuntimeError(
      'spec-invalid',
      `linux.resources.memory.swap (${swap}) is memory and swap together: not less than limit (${limit})`,
    );
  }
  return String(swap - limit);
}

function cpu(limits: CpuLimits, warn: OnWarning): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const add = (file: string, value: string, optional = false): void => {
    writes.push({ controller: file.split('.')[0]!, file, value, ...(optional && { optional }) });
  };
  if (limits.idle !== undefined) add('cpu.idle', String(limits.idle), limits.idle === 0);
  // An idle cgroup has weight 0 and refuses another.
  if (isSet(limits.shares) && limits.idle !== 1) add('cpu.weight', String(weightOfShares(limits.shares)));
  if (isSet(limits.quota) || isSet(limits.period)) {
    const quota = isSet(limits.quota) && limits.quota > 0 ? limits.quota : 'max';
    add('cpu.max', `${quota} ${isSet(limits.period) ? limits.period : DEFAULT_PERIOD}`);
  }
  if (limits.burst !== undefined) add('cpu.max.burst', String(limits.burst), limits.burst === 0);
  if (isSet(limits.realtimePeriod) || isSet(limits.realtimeRuntime))
    warn('realtime cpu limits are ignored: cgroup v2 has none');
  if (limits.cpus) add('cpuset.cpus', limits.cpus);
  if (limits.mems) add('cpuset.mems', limits.mems);
  return writes;
}

/** v1's 2…262144 onto v2's 1…10000 so that both defaults, 1024 and 100, meet. */
export function weightOfShares(shares: number): number {
  if (shares <= 2) return 1;
  if (shares >= 262144) return 10000;
  const l = Math.log2(shares);
  return Math.ceil(10 ** ((l * l + 125 * l) / 612 - 7 / 34));
}

function pids(resources: Resources): CgroupWrite[] {
  const limit = resources.pids?.limit;
  if (limit === undefined) return [];
  return [{ controller: 'pids', file: 'pids.max', value: limit > 0 ? String(limit) : 'max', optional: limit <= 0 }];
}

function blockIo(limits: BlockIoLimits, warn: OnWarning): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const add = (file: string, value: string): void => {
    writes.push({ controller: 'io', file, value });
  };
  if (isSet(limits.leafWeight)) warn('linux.resources.blockIO.leafWeight is ignored: cgroup v2 has none');
  if (isSet(limits.weight)) add('io.weight', `default ${ioWeight(limits.weight)}`);
  for (const device of limits.weightDevice ?? []) {
    if (isSet(device.weight)) add('io.weight', `${device.major}:${device.minor} ${ioWeight(device.weight)}`);
  }
  const throttle = (key: string, devices: ThrottleDevice[] | undefined): void => {
    for (const { major, minor, rate } of devices ?? [])
      add('io.max', `${major}:${minor} ${key}=${rate === 0 ? 'max' : rate}`);
  };
  throttle('rbps', limits.throttleReadBpsDevice);
  throttle('wbps', limits.throttleWriteBpsDevice);
  throttle('riops', limits.throttleReadIOPSDevice);
  throttle('wiops', limits.throttleWriteIOPSDevice);
  return writes;
}

/** v1's 10…1000 onto v2's 1…10000. */
export function ioWeight(weight: number): number {
  return Math.floor(1 + ((weight - 10) * 9999) / 990);
}

function unified(files: Record<string, string>): CgroupWrite[] {
  return Object.entries(files).flatMap(([file, value]) => {
    if (file.includes('/') || !file.includes('.')) {
      throw new RuntimeError(
        'spec-invalid',
        `linux.resources.unified: expected the name of a cgroup file, got "${file}"`,
      );
    }
    // Some files take one line a write.
    return value.split('\n').map((line) => ({ controller: file.split('.')[0]!, file, value: line }));
  });
}
