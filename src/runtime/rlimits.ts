/** RLIMIT_* numbers of x86 and arm64. */
const NUMBERS: Record<string, number> = {
  RLIMIT_CPU: 0,
  RLIMIT_FSIZE: 1,
  RLIMIT_DATA: 2,
  RLIMIT_STACK: 3,
  RLIMIT_CORE: 4,
  RLIMIT_RSS: 5,
  RLIMIT_NPROC: 6,
  RLIMIT_NOFILE: 7,
  RLIMIT_MEMLOCK: 8,
  RLIMIT_AS: 9,
  RLIMIT_LOCKS: 10,
  RLIMIT_SIGPENDING: 11,
  RLIMIT_MSGQUEUE: 12,
  RLIMIT_NICE: 13,
  RLIMIT_RTPRIO: 14,
  RLIMIT_RTTIME: 15,
};

export const RLIMIT_NAMES: readonly string[] = Object.keys(NUMBERS);

export function rlimitNumber(name: string): number | undefined {
  return Object.hasOwn(NUMBERS, name) ? NUMBERS[name] : undefined;
}

/** As in `--ulimit`: nofile, nproc, … */
export function rlimitName(number: number): string {
  const name = RLIMIT_NAMES.find((candidate) => NUMBERS[candidate] === number);
  return name === undefined ? String(number) : name.slice('RLIMIT_'.length).toLowerCase();
}

const INFINITY = 2n ** 64n - 1n;

/** The kernel's number for a limit: -1 and what JSON cannot hold exactly are "no limit". */
export function rlimitValue(value: number): bigint {
  return value < 0 || value > Number.MAX_SAFE_INTEGER ? INFINITY : BigInt(Math.floor(value));
}
