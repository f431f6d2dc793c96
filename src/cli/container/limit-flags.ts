import type { DeviceLimit, Limits } from '../../container/limits.ts';
import { sizeOfFlag } from '../../container/size.ts';
import { badValue } from '../arguments.ts';
import type { Arguments, Option } from '../command.ts';
import { present } from '../present.ts';

/** What a container may use: flags of `run`, `create` and `update`. */
export const LIMIT_FLAGS: readonly Option[] = [
  { name: 'memory', short: 'm', type: 'string', placeholder: 'SIZE', help: 'Memory limit' },
  {
    name: 'memory-swap',
    type: 'string',
    placeholder: 'SIZE',
    help: 'Limit of memory and swap together; -1 for no limit of swap',
  },
  { name: 'memory-reservation', type: 'string', placeholder: 'SIZE', help: 'Soft memory limit' },
  { name: 'memory-swappiness', type: 'number', help: '0 to 100' },
  {
    name: 'kernel-memory',
    type: 'string',
    help: '',
    refused: 'kernels have no such limit any more: --memory counts kernel memory too',
  },
  { name: 'oom-kill-disable', type: 'boolean', help: 'Wait instead of killing when memory runs out (cgroup v1)' },
  { name: 'cpus', type: 'number', placeholder: 'N', help: 'Number of processors, such as 1.5' },
  { name: 'cpu-shares', short: 'c', type: 'number', help: 'Relative weight; default 1024' },
  { name: 'cpu-period', type: 'number', placeholder: 'USEC', help: 'Period of the CPU quota' },
  { name: 'cpu-quota', type: 'number', placeholder: 'USEC', help: 'CPU quota in a period' },
  { name: 'cpuset-cpus', type: 'string', placeholder: 'LIST', help: 'Processors to use: 0-3,8' },
  { name: 'cpuset-mems', type: 'string', placeholder: 'LIST', help: 'Memory nodes to use' },
  { name: 'pids-limit', type: 'number', help: 'Number of processes; -1 for no limit' },
  { name: 'blkio-weight', type: 'number', help: 'Relative weight of block I/O, 10 to 1000' },
  { name: 'cpu-rt-period', type: 'number', placeholder: 'USEC', help: 'Period of realtime processor time (cgroup v1)' },
  {
    name: 'cpu-rt-runtime',
    type: 'number',
    placeholder: 'USEC',
    help: 'Realtime processor time in a period (cgroup v1)',
  },
  { name: 'blkio-weight-device', type: 'list', placeholder: 'DEVICE:WEIGHT', help: 'Relative weight on one device' },
  { name: 'device-read-bps', type: 'list', placeholder: 'DEVICE:SIZE', help: 'Bytes a second that may be read' },
  { name: 'device-write-bps', type: 'list', placeholder: 'DEVICE:SIZE', help: 'Bytes a second that may be written' },
  { name: 'device-read-iops', type: 'list', placeholder: 'DEVICE:N', help: 'Reads a second' },
  { name: 'device-write-iops', type: 'list', placeholder: 'DEVICE:N', help: 'Writes a second' },
];

/** The flags above as plain data. */
export function limitsOf(args: Arguments): Limits {
  return present({
    memory: sizeOf(args, 'memory'),
    memorySwap: sizeOf(args, 'memory-swap'),
    memoryReservation: sizeOf(args, 'memory-reservation'),
    memorySwappiness: args.number('memory-swappiness'),
    oomKillDisable: args.maybeFlag('oom-kill-disable'),
    cpus: args.number('cpus'),
    cpuShares: args.number('cpu-shares'),
    cpuPeriod: args.number('cpu-period'),
    cpuQuota: args.number('cpu-quota'),
    cpusetCpus: cpuList(args, 'cpuset-cpus'),
    cpusetMems: cpuList(args, 'cpuset-mems'),
    pids: args.number('pids-limit'),
    blkioWeight: args.number('blkio-weight'),
    cpuRtPeriod: args.number('cpu-rt-period'),
    cpuRtRuntime: args.number('cpu-rt-runtime'),
    blkioWeightDevice: perDevice(args, 'blkio-weight-device', Number),
    deviceReadBps: perDevice(args, 'device-read-bps', sizeOfFlag),
    deviceWriteBps: perDevice(args, 'device-write-bps', sizeOfFlag),
    deviceReadIops: perDevice(args, 'device-read-iops', Number),
    deviceWriteIops: perDevice(args, 'device-write-iops', Number),
  });
}

function cpuList(args: Arguments, flag: string): string | undefined {
  const text = args.string(flag);
  if (text !== undefined && !/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text))
    throw badValue(flag, 'a list such as 0-3,8', text);
  return text;
}

/** A size with docker's units, in bytes. */
export function sizeOf(args: Arguments, flag: string): number | undefined {
  const text = args.string(flag);
  return text === undefined ? undefined : sizeOfFlag(text, `--${flag}`);
}

/** `/dev/sda:1mb`: the device, and what is allowed there. */
function perDevice(args: Arguments, flag: string, read: (text: string, flag: string) => number): DeviceLimit[] {
  return args.list(flag).map((text) => {
    const [, path, written] = /^(\/[^:]+):([^:]+)$/.exec(text) ?? [];
    const value = written === undefined ? Number.NaN : read(written, `--${flag}`);
    if (path === undefined || !Number.isSafeInteger(value) || value < 0)
      throw badValue(flag, 'DEVICE:LIMIT, such as /dev/sda:100', text);
    return { path, value };
  });
}
