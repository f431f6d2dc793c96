import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { update } from '../../../runtime/oci/lifecycle.ts';
import type { Resources } from '../../../runtime/spec-linux.ts';
import { parseResources } from '../../../runtime/spec-parse.ts';
import { badValue } from '../../arguments.ts';
import type { Arguments, Option } from '../../command.ts';
import type { OciCommand } from './oci-command.ts';

const numbers: readonly [name: string, help: string, ...aliases: string[]][] = [
  ['blkio-weight', 'Weight of block I/O, 10 to 1000'],
  ['cpu-period', 'Length of a CPU period, in microseconds'],
  ['cpu-quota', 'CPU time in a period, in microseconds'],
  ['cpu-burst', 'CPU time that may be saved up, in microseconds'],
  ['cpu-share', 'CPU shares, relative to other containers', 'cpu-shares'],
  ['cpu-rt-period', 'Length of a realtime period, in microseconds'],
  ['cpu-rt-runtime', 'Realtime CPU time in a period, in microseconds'],
  ['cpu-idle', '1: only when nobody else wants the CPU'],
  ['pids-limit', 'Number of processes'],
];

const sizes: readonly [name: string, help: string][] = [
  ['memory', 'Memory'],
  ['memory-reservation', 'Memory that is left when it gets tight'],
  ['memory-swap', 'Memory and swap together, -1 for no limit'],
];

const options: readonly Option[] = [
  {
    name: 'resources',
    short: 'r',
    type: 'string',
    placeholder: 'FILE',
    help: 'Read all limits from a linux.resources object; - is stdin',
  },
  ...numbers.map(([name, help, ...aliases]): Option => ({ name, type: 'number', placeholder: 'N', help, aliases })),
  ...sizes.map(([name, help]): Option => ({ name, type: 'string', placeholder: 'BYTES', help })),
  { name: 'cpuset-cpus', type: 'string', placeholder: 'LIST', help: 'CPUs to use' },
  { name: 'cpuset-mems', type: 'string', placeholder: 'LIST', help: 'Memory nodes to use' },
  { name: 'kernel-memory', type: 'string', placeholder: 'BYTES', help: 'Accepted and ignored' },
  { name: 'kernel-memory-tcp', type: 'string', placeholder: 'BYTES', help: 'Accepted and ignored' },
];

export const command: OciCommand = {
  name: 'oci update',
  summary: 'Change the limits of a container',
  usage: '[OPTIONS] CONTAINER',
  options,
  arguments: { min: 1, max: 1 },
  async run(args, io) {
    const file = args.string('resources');
    const text =
      file === undefined
        ? undefined
        : file === '-'
          ? await io.readStdin()
          : await readFile(resolve(io.cwd, file), 'utf8');
    await update(io.oci, args.positional[0]!, text === undefined ? fromFlags(args) : parseResources(text, file ?? ''));
    return 0;
  },
};

function fromFlags(args: Arguments): Resources {
  const memory = pick({
    limit: bytes(args, 'memory'),
    reservation: bytes(args, 'memory-reservation'),
    swap: bytes(args, 'memory-swap'),
  });
  const cpu = pick({
    shares: args.number('cpu-share'),
    quota: args.number('cpu-quota'),
    period: args.number('cpu-period'),
    burst: args.number('cpu-burst'),
    realtimePeriod: args.number('cpu-rt-period'),
    realtimeRuntime: args.number('cpu-rt-runtime'),
    idle: args.number('cpu-idle'),
    cpus: args.string('cpuset-cpus'),
    mems: args.string('cpuset-mems'),
  });
  const pids = args.number('pids-limit');
  const weight = args.number('blkio-weight');
  return {
    ...(memory && { memory }),
    ...(cpu && { cpu }),
    ...(pids !== undefined && { pids: { limit: pids } }),
    ...(weight !== undefined && { blockIO: { weight } }),
  };
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

function pick<T extends object>(values: T): Present<T> | undefined {
  const present = Object.entries(values).filter(([, value]) => value !== undefined);
  return present.length === 0 ? undefined : (Object.fromEntries(present) as Present<T>);
}

/** `64m`, `1g`, `1048576`, `-1`. */
function bytes(args: Arguments, name: string): number | undefined {
  const value = args.string(name);
  if (value === undefined) return undefined;
  const match = /^(-1|\d+(?:\.\d+)?)([kmgt]?)i?b?$/i.exec(value);
  if (!match) throw badValue(name, 'a size such as 64m', value);
  return Math.floor(Number(match[1]) * 1024 ** ' kmgt'.indexOf(match[2]!.toLowerCase() || ' '));
}
