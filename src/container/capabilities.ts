import { ContainerizeError, didYouMean } from '../errors.ts';

export class CapabilityError extends ContainerizeError<'unknown-capability'> {}

/** What a container gets unless told otherwise: Docker's fourteen. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_FSETID',
  'CAP_FOWNER',
  'CAP_MKNOD',
  'CAP_NET_RAW',
  'CAP_SETGID',
  'CAP_SETUID',
  'CAP_SETFCAP',
  'CAP_SETPCAP',
  'CAP_NET_BIND_SERVICE',
  'CAP_SYS_CHROOT',
  'CAP_KILL',
  'CAP_AUDIT_WRITE',
];

/** Every capability of the kernel, by its number: capabilities(7). */
export const ALL_CAPABILITIES: readonly string[] = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

/** Docker's rule: `ALL` in one list is the base for the other; a drop wins over the default, an add over a drop of ALL. */
export function capabilitySet(options: {
  capAdd?: readonly string[];
  capDrop?: readonly string[];
  privileged?: boolean;
}): string[] {
  if (options.privileged) return [...ALL_CAPABILITIES];
  const added = (options.capAdd ?? []).map(normalise);
  const dropped = (options.capDrop ?? []).map(normalise);
  if (added.length === 0 && dropped.length === 0) return [...DEFAULT_CAPABILITIES];
  if (added.includes('ALL')) return ALL_CAPABILITIES.filter((name) => !dropped.includes(name));
  if (dropped.includes('ALL')) return [...new Set(added)];
  return [...new Set([...DEFAULT_CAPABILITIES.filter((name) => !dropped.includes(name)), ...added])];
}

function normalise(name: string): string {
  const upper = name.toUpperCase();
  if (upper === 'ALL') return upper;
  const full = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
  if (!ALL_CAPABILITIES.includes(full)) {
    throw new CapabilityError(
      'unknown-capability',
      `unknown capability "${name}"${didYouMean(full, ALL_CAPABILITIES)}`,
      {
        hint: 'capabilities(7) lists them; ALL means all',
      },
    );
  }
  return full;
}
