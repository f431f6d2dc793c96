import type { CacheKey } from '../cache/cache.ts';
import type { Recorded } from './records.ts';

/** Steps being executed in this process, by state folder and key, whichever build they belong to. */
const executing = new Map<string, Map<CacheKey, Promise<Recorded>>>();

export function executingIn(folder: string): Map<string, Promise<Recorded>> {
  // Without a state folder nothing is shared: each solver has its own.
  if (folder === '') return new Map();
  const found = executing.get(folder) ?? new Map<CacheKey, Promise<Recorded>>();
  executing.set(folder, found);
  return found;
}

/** Waits for somebody else's execution: undefined when it failed. */
export async function ended(running: Promise<Recorded>, signal: AbortSignal): Promise<Recorded | undefined> {
  let stop = () => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([running.catch(() => undefined), aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
