import { acquireLock, type Lock, lockOwners } from '../locks.ts';
import type { LayoutStore } from './layout-store.ts';

/**
 * Protects from gc what a pull, a build or a load brings in or finds in the store, until a name or a record leads to
 * it: every blob that was written or asked for since the lease began stays. Ends with its process.
 */
export function acquireLease(store: LayoutStore): Promise<Lock> {
  // Shared, and nobody ever asks for it exclusively: leases never wait.
  return acquireLock(store.lockPath('lease'), { mode: 'shared' });
}

/** Runs `work` under a lease. */
export async function withLease<T>(store: LayoutStore, work: () => Promise<T>): Promise<T> {
  const lease = await acquireLease(store);
  try {
    return await work();
  } finally {
    await lease.release();
  }
}

/** When the oldest living lease began, milliseconds since 1970. */
export function oldestLease(store: LayoutStore): number | undefined {
  const since = lockOwners(store.lockPath('lease')).map((owner) => owner.since);
  return since.length === 0 ? undefined : Math.min(...since);
}
