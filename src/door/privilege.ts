import { readFileSync } from 'node:fs';
import { ContainerizeError } from '../errors.ts';

export class PrivilegeError extends ContainerizeError<'no-privileges' | 'unsafe-run-folder'> {}

const CAP_SYS_ADMIN = 21n;

/**
 * True for root of the machine's first user namespace with the right to mount: uid 0 alone proves nothing, a user
 * namespace looks like root from inside. Two small reads, so that the common case costs no process.
 */
export function isInitialRoot(): boolean {
  return process.getuid?.() === 0 && isInitialNamespace() && mayAdminister();
}

/** True inside a user namespace in which we are root already: what a rootless container or `unshare -Ur` gives. */
export function isNamespaceRoot(): boolean {
  return process.getuid?.() === 0 && !isInitialNamespace() && mayAdminister();
}

function isInitialNamespace(): boolean {
  const [inner, outer, size] = (readOrEmpty('/proc/self/uid_map').trim() || '0 0 0').split(/\s+/).map(Number);
  return inner === 0 && outer === 0 && size! >= 4294967295;
}

function mayAdminister(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)/m.exec(readOrEmpty('/proc/self/status'))?.[1];
  return effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_SYS_ADMIN) & 1n) === 1n;
}

/** What was tried and why it did not do: for the error, and for --debug. */
export interface Attempt {
  rung: string;
  reason: string;
}

/** The error of a ladder that has no rung left: everything that was tried, and what to do about it. */
export function noPrivileges(attempts: readonly Attempt[]): PrivilegeError {
  const restricted = readOrEmpty('/proc/sys/kernel/apparmor_restrict_unprivileged_userns').trim() === '1';
  const disabled =
    readOrEmpty('/proc/sys/kernel/unprivileged_userns_clone').trim() === '0' ||
    readOrEmpty('/proc/sys/user/max_user_namespaces').trim() === '0';
  const lines = attempts.map(({ rung, reason }) => `\n  ${rung}: ${reason.split('\n')[0]!.slice(0, 300)}`).join('');
  const hint = restricted
    ? 'run as root, allow sudo without a password, or lift AppArmor’s limit on user namespaces: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'
    : disabled
      ? 'run as root, allow sudo without a password, or allow user namespaces: sudo sysctl -w user.max_user_namespaces=15000'
      : 'run as root, allow sudo without a password, or install the package uidmap and give your user ranges in /etc/subuid and /etc/subgid';
  return new PrivilegeError(
    'no-privileges',
    `containers need root or a user namespace, and neither can be had here:${lines}`,
    { hint },
  );
}

function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
