import { describe, expect, test } from '@jest/globals';
import type { CgroupWrite } from '../../../src/runtime/cgroup/writes.ts';
import { writesV1 } from '../../../src/runtime/cgroup/writes-v1.ts';
import { ioWeight, weightOfShares, writesV2 } from '../../../src/runtime/cgroup/writes-v2.ts';
import type { Resources } from '../../../src/runtime/spec-linux.ts';

const GIB = 2 ** 30;

function lines(writes: CgroupWrite[]): string[] {
  return writes.filter((write) => write.controller !== 'devices').map((write) => `${write.file}=${write.value}`);
}

function v1(resources: Resources, warnings: string[] = []): string[] {
  return lines(writesV1(resources, (message) => warnings.push(message)));
}

function v2(resources: Resources, warnings: string[] = []): string[] {
  return lines(writesV2(resources, (message) => warnings.push(message)));
}

describe('memory', () => {
  test('is written to v1 with memory before memory+swap', () => {
    expect(
      v1({ memory: { limit: GIB, swap: 2 * GIB, reservation: 5, swappiness: 60, disableOOMKiller: true } }),
    ).toEqual([
      `memory.limit_in_bytes=${GIB}`,
      `memory.memsw.limit_in_bytes=${2 * GIB}`,
      'memory.soft_limit_in_bytes=5',
      'memory.swappiness=60',
      'memory.oom_control=1',
    ]);
  });

  test('without a limit also frees the swap of v1', () => {
    expect(v1({ memory: { limit: -1 } })).toEqual(['memory.limit_in_bytes=-1', 'memory.memsw.limit_in_bytes=-1']);
  });

  test('becomes memory and swap apart in v2', () => {
    expect(v2({ memory: { limit: GIB, swap: 3 * GIB, reservation: 7 } })).toEqual([
      `memory.swap.max=${2 * GIB}`,
      `memory.max=${GIB}`,
      'memory.low=7',
    ]);
    expect(v2({ memory: { limit: GIB, swap: GIB } })).toEqual(['memory.swap.max=0', `memory.max=${GIB}`]);
    expect(v2({ memory: { limit: GIB, swap: -1 } })).toEqual(['memory.swap.max=max', `memory.max=${GIB}`]);
    expect(v2({ memory: { limit: -1 } })).toEqual(['memory.swap.max=max', 'memory.max=max']);
    expect(v2({ memory: { limit: GIB } })).toEqual([`memory.max=${GIB}`]);
  });

  test('that cannot be is refused', () => {
    expect(() => v2({ memory: { swap: GIB } })).toThrow(/needs memory\.limit/);
    expect(() => v2({ memory: { limit: 2 * GIB, swap: GIB } })).toThrow(/not less than limit/);
    expect(() => v1({ memory: { swappiness: 200 } })).toThrow(/0 to 100/);
  });

  test('of the kernel alone is a warning', () => {
    const warnings: string[] = [];
    expect(v1({ memory: { kernel: 1000 } }, warnings)).toEqual([]);
    expect(v2({ memory: { kernelTCP: 1000, swappiness: 5, disableOOMKiller: true } }, warnings)).toEqual([]);
    expect(warnings).toHaveLength(4);
  });
});

describe('cpu', () => {
  test('is written to v1 with the period before the quota', () => {
    expect(
      v1({ cpu: { shares: 512, quota: 50_000, period: 100_000, burst: 10, cpus: '0-1', mems: '0', idle: 1 } }),
    ).toEqual([
      'cpu.shares=512',
      'cpu.cfs_period_us=100000',
      'cpu.cfs_quota_us=50000',
      'cpu.cfs_burst_us=10',
      'cpu.idle=1',
      'cpuset.cpus=0-1',
      'cpuset.mems=0',
    ]);
  });

  test('is written to v2 as weight and max', () => {
    expect(v2({ cpu: { shares: 1024, quota: 150_000 } })).toEqual(['cpu.weight=100', 'cpu.max=150000 100000']);
    expect(v2({ cpu: { quota: -1, period: 50_000 } })).toEqual(['cpu.max=max 50000']);
    expect(v2({ cpu: { shares: 1024, idle: 1 } })).toEqual(['cpu.idle=1']);
  });

  test('shares keep both defaults and both ends', () => {
    expect([2, 1024, 262144].map(weightOfShares)).toEqual([1, 100, 10000]);
    const weights = [2, 10, 100, 512, 1024, 2048, 10_000, 100_000, 262144].map(weightOfShares);
    expect(weights).toEqual([...weights].sort((a, b) => a - b));
    expect(weights.every((weight) => weight >= 1 && weight <= 10000)).toBe(true);
  });
});

test('pids of zero and less are no limit', () => {
  for (const write of [v1, v2]) {
    expect(write({ pids: { limit: 100 } })).toEqual(['pids.max=100']);
    expect(write({ pids: { limit: 0 } })).toEqual(['pids.max=max']);
    expect(write({ pids: { limit: -1 } })).toEqual(['pids.max=max']);
    expect(write({ pids: {} })).toEqual([]);
  }
});

test('block I/O is weight and throttling', () => {
  const blockIO = {
    weight: 500,
    throttleReadBpsDevice: [{ major: 8, minor: 0, rate: 1000 }],
    throttleWriteIOPSDevice: [{ major: 8, minor: 16, rate: 20 }],
  };
  expect(v1({ blockIO })).toEqual([
    'blkio.bfq.weight=500',
    'blkio.throttle.read_bps_device=8:0 1000',
    'blkio.throttle.write_iops_device=8:16 20',
  ]);
  expect(v2({ blockIO })).toEqual([
    `io.weight=default ${ioWeight(500)}`,
    'io.max=8:0 rbps=1000',
    'io.max=8:16 wiops=20',
  ]);
  expect([10, 1000].map(ioWeight)).toEqual([1, 10000]);
});

test('huge pages, rdma, net_cls and net_prio', () => {
  const resources: Resources = {
    hugepageLimits: [{ pageSize: '2MB', limit: 4096 }],
    rdma: { mlx5_1: { hcaHandles: 3, hcaObjects: 10 } },
    network: { classID: 5, priorities: [{ name: 'eth0', priority: 2 }] },
  };
  expect(v1(resources)).toEqual([
    'hugetlb.2MB.limit_in_bytes=4096',
    'net_cls.classid=5',
    'net_prio.ifpriomap=eth0 2',
    'rdma.max=mlx5_1 hca_handle=3 hca_object=10',
  ]);
  expect(v2(resources)).toEqual(['hugetlb.2MB.max=4096', 'rdma.max=mlx5_1 hca_handle=3 hca_object=10']);
});

test('unified files are for v2 alone, by name, last', () => {
  expect(v2({ unified: { 'memory.high': '100', 'io.max': '8:0 rbps=1\n8:16 rbps=2' }, pids: { limit: 5 } })).toEqual([
    'pids.max=5',
    'memory.high=100',
    'io.max=8:0 rbps=1',
    'io.max=8:16 rbps=2',
  ]);
  expect(() => v1({ unified: { 'memory.high': '1' } })).toThrow(/needs cgroup v2/);
  for (const name of ['../memory.max', 'a/b.c', 'nodot'])
    expect(() => v2({ unified: { [name]: '1' } })).toThrow(/name of a cgroup file/);
});
