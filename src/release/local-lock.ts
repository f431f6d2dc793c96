import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Lock, lockOwners, tryLock } from '../locks.ts';
import { ReleaseError } from './error.ts';

/**
 * Keeps two releases on this machine from moving one channel of one repository at once; the later one is told by whom.
 * The registry's advisory lock keeps out those on other machines, mostly; this one lets through nobody, and dies with
 * its owner. @throws ReleaseError `channel-locked`
 */
export async function lockOnThisMachine(folder: string, channel: string, names: readonly string[]): Promise<Lock> {
  const taken: Lock[] = [];
  const release = async (): Promise<void> => {
    for (const lock of taken.splice(0).toReversed()) await lock.release();
  };
  // one order for everybody; who comes second gives up, so nobody waits for anybody
  for (const name of [...names].sort()) {
    const key = createHash('sha256')
      .update(JSON.stringify([channel, name]))
      .digest('hex')
      .slice(0, 32);
    const path = join(folder, 'locks', key);
    const lock = await tryLock(path, 'exclusive');
    if (lock === undefined) {
      const holder = lockOwners(path).find(({ pid }) => pid !== process.pid) ?? lockOwners(path)[0];
      await release();
      const who = holder === undefined ? 'another command' : `process ${holder.pid}`;
      const since = holder === undefined ? '' : ` since ${new Date(holder.since).toISOString()}`;
      throw new ReleaseError('channel-locked', `${name}: ${who} on this machine is moving ${channel}${since}`, {
        hint: 'nothing was moved; try again when it is done',
      });
    }
    taken.push(lock);
  }
  return { release };
}
