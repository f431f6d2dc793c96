import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { acquireLock, withLock } from '../../src/locks.ts';

/** `hold PATH`: takes the lock until it is killed. `count PATH FILE TIMES`: adds one to both numbers of a file, under the lock. */
const [mode, path, file, times] = process.argv.slice(2) as [string, string, string, string];
if (mode === 'hold') {
  await acquireLock(path, { mode: 'exclusive' });
  process.stdout.write('held\n');
  await sleep(60_000);
} else {
  for (let i = 0; i < Number(times); i++) {
    await withLock(path, { mode: 'exclusive' }, async () => {
      const [first, second] = readFileSync(file, 'utf8').split(' ').map(Number) as [number, number];
      // One system call each: a kill falls between, not into them.
      writeFileSync(file, `${first + 1} ${second + 1}`);
    });
  }
}
