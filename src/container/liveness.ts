import { readFileSync } from 'node:fs';
import type { ProcessIdentity } from '../runtime/runtime-types.ts';

/** The identity of a process that is there; undefined when it is gone or a zombie. */
export function identify(pid: number): ProcessIdentity | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  // the name in brackets may hold anything, spaces and brackets too
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return { pid, startTime: fields[19]! };
}

/** True while that very process runs: a reused pid has another start time. */
export function isAlive(process: ProcessIdentity | undefined): boolean {
  return process !== undefined && identify(process.pid)?.startTime === process.startTime;
}
