import { RuntimeError } from '../error.ts';
import type { BlockIoLimits, CpuLimits, MemoryLimits, Resources, ThrottleDevice } from '../spec-linux.ts';
import { deviceLinesV1 } from './devices.ts';
import { type CgroupWrite, isSet, limitText, type OnWarning } from './writes.ts';

/** linux.resources → files of cgroup v1, in the order in which the kernel takes them for a new cgroup. */
export function writesV1(resources: Resources, warn: OnWarning): CgroupWrite[] {
  if (resources.unified !== undefined && Object.keys(resources.unified).length > 0) {
    throw new RuntimeError('spec-invalid', 'linux.resources.unified needs cgroup v2; this machine has v1', {
      hint: 'use memory, cpu, pids, … instead',
    });
  }
  return [
    ...memory(resources.memory ?? {}, warn),
    ...cpu(resources.cpu ?? {}),
    ...pids(resources),
    ...blockIo(resources.blockIO ?? {}, warn),
    ...(resources.hugepageLimits ?? []).map(({ pageSize, limit }) => ({
      controller: 'hugetlb',
      file: `hugetlb.${pageSize}.limit_in_bytes`,
      value: String(limit),
    })),
    ...network(resources),
    ...rdma(resources),
    ...deviceLinesV1(resources.devices),
  ];
}

function memory(limits: MemoryLimits, warn: OnWarning): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const add = (file: string, value: string, optional = false): void => {
    writes.push({ controller: 'memory', file: `memory.${file}`, value, ...(optional && { optional }) });
  };
  // A new cgroup has no memory+swap limit, so the memory limit fits below it; see update.ts for the other order.
  if (isSet(limits.limit)) add('limit_in_bytes', limitText(limits.limit, '-1'));
  if (isSet(limits.swap)) add('memsw.limit_in_bytes', limitText(limits.swap, '-1'), true);
  else if (limits.limit !== undefined && limits.limit < 0) add('memsw.limit_in_bytes', '-1', true);
  if (isSet(limits.reservation)) add('soft_limit_in_bytes', limitText(limits.reservation, '-1'));
  if (isSet(limits.kernel)) warn('linux.resources.memory.kernel is ignored: kernels no longer limit it apart');
  if (isSet(limits.kernelTCP)) add('kmem.tcp.limit_in_bytes', limitText(limits.kernelTCP, '-1'), true);
  if (limits.swappiness !== undefined && limits.swappiness >= 0 && limits.swappiness <= 100) {
    add('swappiness', String(limits.swappiness));
  } else if (limits.swappiness !== undefined && limits.swappiness !== -1) {
    throw new RuntimeError(
      'spec-invalid',
      `linux.resources.memory.swappiness: expected 0 to 100, got ${limits.swappiness}`,
    );
  }
  if (limits.disableOOMKiller) add('oom_control', '1');
  return writes;
}

function cpu(limits: CpuLimits): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const add = (file: string, value: number, optional = false): void => {
    writes.push({ controller: 'cpu', file: `cpu.${file}`, value: String(value), ...(optional && { optional }) });
  };
  if (isSet(limits.shares)) add('shares', limits.shares);
  if (isSet(limits.period)) add('cfs_period_us', limits.period);
  if (isSet(limits.quota)) add('cfs_quota_us', limits.quota);
  if (limits.burst !== undefined) add('cfs_burst_us', limits.burst, limits.burst === 0);
  if (isSet(limits.realtimePeriod)) add('rt_period_us', limits.realtimePeriod);
  if (isSet(limits.realtimeRuntime)) add('rt_runtime_us', limits.realtimeRuntime);
  if (limits.idle !== undefined) add('idle', limits.idle, limits.idle === 0);
  if (limits.cpus) writes.push({ controller: 'cpuset', file: 'cpuset.cpus', value: limits.cpus });
  if (limits.mems) writes.push({ controller: 'cpuset', file: 'cpuset.mems', value: limits.mems });
  return writes;
}

function pids(resources: Resources): CgroupWrite[] {
  const limit = resources.pids?.limit;
  if (limit === undefined) return [];
  return [{ controller: 'pids', file: 'pids.max', value: limit > 0 ? String(limit) : 'max', optional: limit <= 0 }];
}

function blockIo(limits: BlockIoLimits, warn: OnWarning): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const add = (file: string, value: string, optional = false): void => {
    writes.push({ controller: 'blkio', file: `blkio.${file}`, value, ...(optional && { optional }) });
  };
  if (isSet(limits.leafWeight)) warn('linux.resources.blockIO.leafWeight is ignored: kernels no longer have it');
  // Only the BFQ scheduler still knows weights.
  if (isSet(limits.weight)) add('bfq.weight', String(limits.weight), true);
  for (const device of limits.weightDevice ?? []) {
    if (isSet(device.weight)) add('bfq.weight_device', `${device.major}:${device.minor} ${device.weight}`, true);
  }
  const throttle = (file: string, devices: ThrottleDevice[] | undefined): void => {
    for (const { major, minor, rate } of devices ?? []) add(`throttle.${file}`, `${major}:${minor} ${rate}`);
  };
  throttle('read_bps_device', limits.throttleReadBpsDevice);
  throttle('write_bps_device', limits.throttleWriteBpsDevice);
  throttle('read_iops_device', limits.throttleReadIOPSDevice);
  throttle('write_iops_device', limits.throttleWriteIOPSDevice);
  return writes;
}

function network(resources: Resources): CgroupWrite[] {
  const writes: CgroupWrite[] = [];
  const { classID, priorities = [] } = resources.network ?? {};
  if (isSet(classID)) writes.push({ controller: 'net_cls', file: 'net_cls.classid', value: String(classID) });
  for (const { name, priority } of priorities) {
    writes.push({ controller: 'net_prio', file: 'net_prio.ifpriomap', value: `${name} ${priority}` });
  }
  return writes;
}

function rdma(resources: Resources): CgroupWrite[] {
  return Object.entries(resources.rdma ?? {}).map(([device, { hcaHandles, hcaObjects }]) => ({
    controller: 'rdma',
    file: 'rdma.max',
    value: rdmaLine(device, hcaHandles, hcaObjects),
  }));
}

/** The same line in v1 and v2. */
export function rdmaLine(device: string, handles: number | undefined, objects: number | undefined): string {
  const words = [device];
  if (handles !== undefined) words.push(`hca_handle=${handles}`);
  if (objects !== undefined) words.push(`hca_object=${objects}`);
  return words.join(' ');
}
