import { readFileSync } from 'node:fs';

const CAP_SYS_ADMIN = 21n;

/**
 * True for root of the machine's first user namespace with the right to mount: uid 0 alone proves nothing, a user
 * namespace looks like root from inside. Two small reads, so that the common case costs no process.
 */
export function isInitialRoot(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    const map = readFileSync('/proc/self/uid_map', 'latin1').trim().split(/\s+/);
    if (map[0] !== '0' || map[1] !== '0' || Number(map[2]) < 4294967295) return false;
    const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1];
    return effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
  } catch {
    return false;
  }
}
