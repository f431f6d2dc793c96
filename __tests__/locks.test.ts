import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { acquireLock, lockOwners, sweepLocks, tryLock, withLock } from '../src/locks.ts';
import { ownerToken } from '../src/owner.ts';
import { spawnScript } from './helpers/node-script.ts';
import { scratchFolder } from './helpers/scratch.ts';
import { until } from './helpers/until.ts';

const folder = await scratchFolder('locks');
let next = 0;
const newLock = () => join(folder, `lock-${next++}`);
const SCRIPT = join(import.meta.dirname, 'helpers/lock-holder.ts');

describe('a lock', () => {
  test('shows who is alive, and clears away the files of the dead, also of those who were still choosing', () => {
    const path = newLock();
    mkdirSync(path);
    const dead = ownerToken().replace(/^\d+-\d+/, '4194300-1');
    writeFileSync(join(path, `choosing-${dead}-0123456789`), '');
    writeFileSync(join(path, `000000000001-x-1-${dead}-0123456789`), '');
    expect(lockOwners(path)).toEqual([]);
    expect(readdirSync(path)).toEqual([]);
  });

  test('of somebody who was killed is swept away with its folder, one in use stays', async () => {
    const all = newLock();
    const [dead, used, free] = ['dead', 'used', 'free'].map((name) => join(all, name)) as [string, string, string];
    mkdirSync(dead, { recursive: true });
    writeFileSync(join(dead, `000000000001-x-1-${ownerToken().replace(/^\d+-\d+/, '4194300-1')}-0123456789`), '');
    mkdirSync(free);
    const lock = await acquireLock(used, { mode: 'exclusive', ephemeral: true });
    sweepLocks(all);
    expect(readdirSync(all)).toEqual(['used']);
    await lock.release();
    expect(readdirSync(all)).toEqual([]);
  });

  test('lets one exclusive owner in at a time, in order of arrival', async () => {
    const path = newLock();
    const order: number[] = [];
    let inside = 0;
    await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        withLock(path, { mode: 'exclusive' }, async () => {
          expect(++inside).toBe(1);
          order.push(i);
          await new Promise((resolve) => setTimeout(resolve, 1));
          inside--;
        }),
      ),
    );
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(readdirSync(path)).toEqual([]);
  });

  test('is shared by many, and exclusive against all of them', async () => {
    const path = newLock();
    const [a, b] = await Promise.all([acquireLock(path, { mode: 'shared' }), acquireLock(path, { mode: 'shared' })]);
    expect(await tryLock(path, 'exclusive')).toBeUndefined();
    let got = false;
    const waiting = acquireLock(path, { mode: 'exclusive' }).then((lock) => {
      got = true;
      return lock;
    });
    await a.release();
    expect(got).toBe(false);
    await b.release();
    await (await waiting).release();
  });

  test('does not let readers that come later starve a waiting writer', async () => {
    const path = newLock();
    const reader = await acquireLock(path, { mode: 'shared' });
    const order: string[] = [];
    const writer = withLock(path, { mode: 'exclusive' }, async () => void order.push('writer'));
    const late = withLock(path, { mode: 'shared' }, async () => void order.push('late reader'));
    await reader.release();
    await Promise.all([writer, late]);
    expect(order).toEqual(['writer', 'late reader']);
  });

  test('tells once who has it when one has to wait', async () => {
    const path = newLock();
    const lock = await acquireLock(path, { mode: 'exclusive' });
    const owners: number[] = [];
    const waiting = acquireLock(path, { mode: 'exclusive', onWait: (owner) => owners.push(owner.pid) });
    await new Promise((resolve) => setTimeout(resolve, 250));
    await lock.release();
    await (await waiting).release();
    expect(owners).toEqual([process.pid]);
  });

  test('is given up by an aborted wait, and leaves no trace of it', async () => {
    const path = newLock();
    const lock = await acquireLock(path, { mode: 'exclusive' });
    const abort = new AbortController();
    const waiting = acquireLock(path, { mode: 'exclusive', signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    expect(lockOwners(path)).toHaveLength(1);
    await lock.release();
    expect(lockOwners(path)).toEqual([]);
  });

  test('takes its folder along when it is ephemeral, also when two use it in turns', async () => {
    const path = newLock();
    let turns = 0;
    await Promise.all(
      [1, 2, 3].map(async () => {
        for (let i = 0; i < 50; i++) {
          const lock = await acquireLock(path, { mode: 'exclusive', ephemeral: true });
          turns++;
          await lock.release();
        }
      }),
    );
    expect(turns).toBe(150);
    expect(existsSync(path)).toBe(false);
  });
});

describe('a lock between processes', () => {
  test('is free as soon as its owner is killed', async () => {
    const path = newLock();
    const holder = spawnScript(SCRIPT, ['hold', path]);
    await until(() => holder.output().includes('held'));
    expect(await tryLock(path, 'shared')).toBeUndefined();
    const killed = Date.now();
    holder.kill('SIGKILL');
    await (await acquireLock(path, { mode: 'exclusive' })).release();
    expect(Date.now() - killed).toBeLessThan(5_000);
    await holder.exited;
  });

  test('keeps a counter right that four processes change, of which some are killed', async () => {
    const path = newLock();
    const counter = `${path}.count`;
    writeFileSync(counter, '0 0');
    const workers = Array.from({ length: 4 }, () => spawnScript(SCRIPT, ['count', path, counter, '60']));
    await until(() => Number(readFileSync(counter, 'utf8').split(' ')[0]) > 20);
    workers[0]!.kill('SIGKILL');
    workers[1]!.kill('SIGKILL');
    const codes = await Promise.all(workers.map((worker) => worker.exited));
    expect(codes.slice(2)).toEqual([0, 0]);
    // The two halves are written one after the other under the lock: only a killed owner may leave them apart, by one.
    const [first, second] = readFileSync(counter, 'utf8').split(' ').map(Number);
    expect(first).toBe(second);
    expect(first).toBeGreaterThanOrEqual(120);
  });

  test('takes a ticket of a process that is gone for nothing, also when its number was given to another one', async () => {
    const path = newLock();
    mkdirSync(path);
    const [pid, , boot, space] = ownerToken().split('-');
    writeFileSync(join(path, `000000000001-x-1-${pid}-1-${boot}-${space}-00`), '');
    writeFileSync(join(path, `000000000002-x-1-${pid}-1-00000000-${space}-00`), '');
    await (await acquireLock(path, { mode: 'exclusive' })).release();
    expect(readdirSync(path)).toEqual([]);
  });

  test('respects an owner in another pid namespace as long as it refreshes its ticket', async () => {
    const path = newLock();
    mkdirSync(path);
    const boot = ownerToken().split('-')[2];
    const foreign = join(path, `000000000001-x-1-77-5-${boot}-1-00`);
    writeFileSync(foreign, '');
    expect(await tryLock(path, 'shared')).toBeUndefined();
    const { utimesSync } = await import('node:fs');
    utimesSync(foreign, Date.now() / 1000 - 200, Date.now() / 1000 - 200);
    const lock = await tryLock(path, 'shared');
    expect(lock).toBeDefined();
    await lock?.release();
  });
});
