import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** A process in another pid namespace cannot be looked up: it refreshes its files, and is dead when it did not for so long. */
const FOREIGN_DEAD_MS = 90_000;

/** Names this process in file names, `<pid>-<start>-<boot>-<pidns>`: for temporary files that are swept when their owner is dead. */
export function ownerToken(): string {
  self ??= `${process.pid}-${startTime(process.pid) ?? 0}-${bootId().slice(0, 8)}-${pidNamespace()}`;
  return self;
}

/**
 * Whether the process named by a token (what follows it is ignored) lives. `refreshed` is when its file was last
 * touched (ms), which decides for owners in other pid namespaces.
 */
export function ownerAlive(token: string, refreshed: number): boolean {
  if (token.startsWith(`${ownerToken()}-`)) return true;
  const match = /^(\d+)-(\d+)-([0-9a-f]+)-(\d+)/.exec(token);
  if (!match) return false;
  const [, pid, start, kernel, space] = match;
  if (kernel !== bootId().slice(0, 8)) return false;
  if (space !== pidNamespace()) return Date.now() - refreshed < FOREIGN_DEAD_MS;
  return startTime(Number(pid)) === start;
}

/** Identifies this run of the kernel. */
export function bootId(): string {
  boot ??= readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').replaceAll('-', '').trim();
  return boot;
}

let self: string | undefined;
let boot: string | undefined;
let namespace: string | undefined;

function pidNamespace(): string {
  namespace ??= /\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? '0';
  return namespace;
}

/** Field 22 of /proc/PID/stat, undefined when the process is gone or only a zombie is left of it. */
function startTime(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    // The first thread may be a zombie while others still finish a system call: then it can still do harm.
    if ((fields[0] === 'Z' || fields[0] === 'X') && readdirSync(`/proc/${pid}/task`).length <= 1) return undefined;
    return fields[19];
  } catch {
    return undefined;
  }
}
