import { rmdirSync } from 'node:fs';
import { join } from 'node:path';
import type { CacheKey } from '../cache/cache.ts';
import { codeOf } from '../errors.ts';
import { acquireLock, type Lock, type LockOwner } from '../locks.ts';
import { digestHex } from '../oci/digest.ts';

/**
 * One step at a time among all processes that share a state folder: who comes second waits and then finds the record of
 * the first. The lock's folder goes with the last who used it, so that a million steps do not leave a million folders.
 */
export async function lockStep(
  folder: string,
  key: CacheKey,
  signal: AbortSignal,
  onWait: (owner: LockOwner) => void,
): Promise<Lock> {
  const path = join(folder, digestHex(key).slice(0, 32));
  for (let attempt = 1; ; attempt++) {
    try {
      const lock = await acquireLock(path, { mode: 'exclusive', signal, onWait });
      return {
        async release() {
          await lock.release();
          removeIfEmpty(path);
        },
      };
    } catch (error) {
      // The last owner removed the folder between our making it and our ticket.
      if (codeOf(error) !== 'ENOENT' || attempt === 20) throw error;
    }
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Somebody waits in it, or took it away already.
  }
}
