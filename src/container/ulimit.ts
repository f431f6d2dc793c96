import { didYouMean } from '../errors.ts';
import type { Rlimit } from '../runtime/spec.ts';
import { ContainerError } from './container-error.ts';

const NAMES = [
  'as',
  'core',
  'cpu',
  'data',
  'fsize',
  'locks',
  'memlock',
  'msgqueue',
  'nice',
  'nofile',
  'nproc',
  'rss',
  'rtprio',
  'rttime',
  'sigpending',
  'stack',
];

/** `--ulimit nofile=1024:2048`, `core=0`, `memlock=-1` (no limit). */
export function parseUlimit(text: string): Rlimit {
  const [, name, soft, hard] = /^([a-z]+)=(-1|\d+)(?::(-1|\d+))?$/.exec(text) ?? [];
  if (name === undefined || soft === undefined) {
    throw new ContainerError('invalid-option', `--ulimit: expected NAME=SOFT[:HARD], found "${text.slice(0, 100)}"`);
  }
  if (!NAMES.includes(name)) {
    throw new ContainerError('invalid-option', `--ulimit: unknown limit "${name}"${didYouMean(name, NAMES)}`);
  }
  const limit = { type: `RLIMIT_${name.toUpperCase()}`, soft: Number(soft), hard: Number(hard ?? soft) };
  const infinite = (n: number) => (n === -1 ? Number.POSITIVE_INFINITY : n);
  if (infinite(limit.soft) > infinite(limit.hard)) {
    throw new ContainerError(
      'invalid-option',
      `--ulimit ${name}: the soft limit ${soft} is above the hard limit ${hard}`,
    );
  }
  return limit;
}
