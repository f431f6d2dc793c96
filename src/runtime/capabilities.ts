import { readFileSync } from 'node:fs';
import type { CapabilitySets } from './spec.ts';

/** Names by number, from the kernel's list; CAP_ is left out here. */
const NAMES = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
).split(' ');

/** Every capability that we know: `CAP_CHOWN`, … in the kernel's order. */
export const CAPABILITIES: readonly string[] = NAMES.map((name) => `CAP_${name}`);

/** Docker's fourteen. */
export const DEFAULT_CAPABILITIES: readonly string[] =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
    .split(' ')
    .map((name) => `CAP_${name}`);

const NO_CAPABILITIES = 0n;

/** All bits that a kernel may know. */
export const EVERY_CAPABILITY = (1n << 64n) - 1n;

/** `net_admin`, `NET_ADMIN` and `CAP_NET_ADMIN` → `CAP_NET_ADMIN`; undefined when there is no such capability. */
export function capabilityName(word: string): string | undefined {
  const upper = word.toUpperCase();
  const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  return CAPABILITIES.includes(name) ? name : undefined;
}

/** Bits of a list of names. Names that are no capability go to `unknown`: the specification wants a warning, no error. */
function capabilityMask(names: readonly string[] | undefined, unknown: Set<string> = new Set()): bigint {
  let mask = NO_CAPABILITIES;
  for (const name of names ?? []) {
    const bit = CAPABILITIES.indexOf(name);
    if (bit < 0) unknown.add(name);
    else mask |= 1n << BigInt(bit);
  }
  return mask;
}

/** Names of the bits of a mask, for messages. */
export function capabilityNames(mask: bigint): string[] {
  return CAPABILITIES.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
}

export interface CapabilityMasks {
  bounding: bigint;
  effective: bigint;
  permitted: bigint;
  inheritable: bigint;
  ambient: bigint;
}

/**
 * The five sets that a process gets: what was asked, cut down to what we may give (`available`, our own bounding set).
 * `onMissing` hears what was cut. Ambient capabilities need to be permitted and inheritable, so others are cut as well.
 */
export function capabilityMasks(
  sets: CapabilitySets | undefined,
  available: bigint,
  onMissing: (names: string[], why: string) => void,
): CapabilityMasks {
  const unknown = new Set<string>();
  const asked = {
    bounding: capabilityMask(sets?.bounding, unknown),
    effective: capabilityMask(sets?.effective, unknown),
    permitted: capabilityMask(sets?.permitted, unknown),
    inheritable: capabilityMask(sets?.inheritable, unknown),
    ambient: capabilityMask(sets?.ambient, unknown),
  };
  if (unknown.size > 0) onMissing([...unknown], 'this kernel and we know no such capability');
  const every = asked.bounding | asked.effective | asked.permitted | asked.inheritable | asked.ambient;
  const lacking = every & ~available;
  if (lacking !== NO_CAPABILITIES) onMissing(capabilityNames(lacking), 'we do not have it ourselves');
  const permitted = asked.permitted & available;
  // The kernel refuses effective bits that are not permitted, and inheritable ones outside the bounding set.
  const inheritable = asked.inheritable & available;
  const ambient = asked.ambient & permitted & inheritable;
  if (asked.ambient & available & ~ambient) {
    onMissing(capabilityNames(asked.ambient & available & ~ambient), 'ambient needs it permitted and inheritable too');
  }
  return {
    bounding: asked.bounding & available,
    effective: asked.effective & permitted,
    permitted,
    inheritable,
    ambient,
  };
}

let own: bigint | undefined;

/** Our own bounding set: what a child of ours can have at most, unless it gets a new user namespace. */
export function ownBoundingSet(): bigint {
  if (own === undefined) {
    const line = /^CapBnd:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'));
    own = line ? BigInt(`0x${line[1]}`) : EVERY_CAPABILITY;
  }
  return own;
}
