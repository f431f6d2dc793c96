import { rm } from 'node:fs/promises';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import { lockOwners } from '../locks.ts';
import type { ContainerStore } from './container-store.ts';
import type { HealthState } from './record.ts';

/** What the last checks found; undefined when nobody checks. */
export async function readHealth(store: ContainerStore, id: string): Promise<HealthState | undefined> {
  const text = await readTextIfThere(store.path(id, 'health.json'));
  return text === undefined ? undefined : (JSON.parse(text) as HealthState);
}

/** Held by the process that checks. */
export function watcherLock(store: ContainerStore, id: string): string {
  return store.path(id, 'health.lock');
}

/** Whether somebody checks; one that has just been started may not have come so far. */
export function isWatched(store: ContainerStore, id: string): boolean {
  return lockOwners(watcherLock(store, id)).length > 0;
}

/** Before a start: what was found of an earlier run says nothing. */
export async function resetHealth(store: ContainerStore, id: string, checked: boolean): Promise<void> {
  const path = store.path(id, 'health.json');
  if (!checked) return rm(path, { force: true });
  const fresh: HealthState = { status: 'starting', failingStreak: 0, log: [] };
  await writeFileAtomic(path, JSON.stringify(fresh), { fsync: false });
}
