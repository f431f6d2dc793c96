import type { NamespaceType } from './spec-linux.ts';

/**
 * Why a sysctl must not be set from a container's config, or undefined when it may: only what belongs to a namespace of
 * the container's own. Anything else would change the host.
 */
export function sysctlProblem(
  name: string,
  hasOwn: (type: NamespaceType) => boolean,
  hostnameSet: boolean,
): string | undefined {
  // With a slash anywhere, slashes separate, and dots belong to names (net/ipv4/conf/eth0.100/forwarding).
  const parts = name.split(name.includes('/') ? '/' : '.');
  if (parts.some((part) => part === '' || part === '.' || part === '..')) return 'is not the name of a sysctl';
  const key = parts.join('.');
  const needs = (type: NamespaceType): string | undefined =>
    hasOwn(type) ? undefined : `needs a ${type} namespace of the container's own: it would change the host`;
  if (
    /^fs\.mqueue\./.test(key) ||
    /^kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced|msg_next_id|sem_next_id|shm_next_id|auto_msgmni)$/.test(
      key,
    )
  ) {
    return needs('ipc');
  }
  if (key.startsWith('net.')) return needs('network');
  if (key === 'kernel.domainname') return needs('uts');
  if (key === 'kernel.hostname') return hostnameSet ? 'says the same as hostname: set one of the two' : needs('uts');
  if (key.startsWith('user.')) return needs('user');
  return 'is not in a namespace of its own: it would change the host';
}
