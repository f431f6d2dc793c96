import { randomBytes } from 'node:crypto';
import {
  closeSync,
  type FSWatcher,
  mkdirSync,
  openSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  utimesSync,
  watch,
} from 'node:fs';
import { join } from 'node:path';
import { ContainerizeError, codeOf } from './errors.ts';
import { ownerAlive, ownerToken } from './owner.ts';

/**
 * Locks between processes that die with their owner, without flock (Node has none). A lock is a folder; who wants it
 * puts a file there whose name says everything: `000000000007-x-<ms>-<pid>-<start>-<boot>-<pidns>-<random>`. Order is
 * Lamport's bakery: announce (`choosing-…`), take the highest ticket + 1, withdraw the announcement, then wait until
 * nobody is choosing and no ticket that is lower and conflicts is left. Names are never used twice, so anybody may
 * remove the file of a dead owner without a race: it can only be that owner's.
 */
export interface Lock {
  /** Idempotent; never fails. */
  release(): Promise<void>;
}

export interface LockOptions {
  mode: 'shared' | 'exclusive';
  /** Gives up waiting; the promise rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** Called once, when the lock is not free at once. */
  onWait?: ((owner: LockOwner) => void) | undefined;
  /** The folder goes with the last who used it: for locks named after digests, of which there are many. */
  ephemeral?: boolean;
}

/** Who holds a lock, or waits for it. */
export interface LockOwner {
  pid: number;
  mode: 'shared' | 'exclusive';
  /** When it asked for the lock, milliseconds since 1970. */
  since: number;
}

interface Ticket extends LockOwner {
  file: string;
  /** 0 while it is still being chosen. */
  number: number;
}

export class LockError extends ContainerizeError<'lock-lost'> {}

/** How often dead owners are looked for while waiting; releases are noticed at once. */
const POLL_MS = 100;
/** For owners in other pid namespaces, who cannot be looked up (see owner.ts). */
const REFRESH_MS = 15_000;

/** Takes the lock kept in folder `path` (made when missing), waiting in order of arrival. */
export async function acquireLock(path: string, options: LockOptions): Promise<Lock> {
  options.signal?.throwIfAborted();
  const own = takeTicket(path, options.mode);
  const lock = hold(path, own, options.ephemeral);
  try {
    if (blockers(path, own).length > 0) await waitForTurn(path, own, options);
    return lock;
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** The lock when it is free now, else undefined. */
export async function tryLock(path: string, mode: LockOptions['mode']): Promise<Lock | undefined> {
  const own = takeTicket(path, mode);
  const lock = hold(path, own);
  if (blockers(path, own).length === 0) return lock;
  await lock.release();
  return undefined;
}

/** Runs `work` under the lock. */
export async function withLock<T>(path: string, options: LockOptions, work: () => Promise<T>): Promise<T> {
  const lock = await acquireLock(path, options);
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

/** Everybody alive who holds the lock or waits for it. Files of the dead are removed on the way. */
export function lockOwners(path: string): LockOwner[] {
  // who is still choosing owns nothing; looking at them clears the dead away
  choosing(path);
  return tickets(path).map(({ pid, mode, since }) => ({ pid, mode, since }));
}

/**
 * Removes ephemeral locks whose owners were all killed. `folder` is where they are; those that somebody holds or waits
 * for stay, and who begins with one in this moment makes it anew.
 */
export function sweepLocks(folder: string, isOne: (name: string) => boolean = () => true): void {
  for (const name of listing(folder).filter(isOne)) {
    const path = join(folder, name);
    if (lockOwners(path).length === 0) removeIfEmpty(path);
  }
}

/** Announces, numbers and writes a ticket; returns its file name. */
function takeTicket(path: string, mode: LockOptions['mode']): string {
  const id = `${ownerToken()}-${randomBytes(5).toString('hex')}`;
  const choosing = join(path, `choosing-${id}`);
  announce(path, choosing);
  try {
    const highest = tickets(path).reduce((max, t) => Math.max(max, t.number), 0);
    const name = `${String(highest + 1).padStart(12, '0')}-${mode === 'shared' ? 's' : 'x'}-${Date.now()}-${id}`;
    createEmpty(join(path, name));
    return name;
  } finally {
    rmSync(choosing, { force: true });
  }
}

/** Keeps the ticket fresh for those who cannot see our process, until it is released. */
function hold(path: string, own: string, ephemeral = false): Lock {
  const file = join(path, own);
  const refresh = setInterval(() => touch(file), REFRESH_MS).unref();
  return {
    async release() {
      clearInterval(refresh);
      rmSync(file, { force: true });
      if (ephemeral) removeIfEmpty(path);
    },
  };
}

/** The last owner may remove an ephemeral lock's folder between our making it and our first file in it. */
function announce(path: string, choosing: string): void {
  for (let attempt = 1; ; attempt++) {
    mkdirSync(path, { recursive: true });
    try {
      createEmpty(choosing);
      return;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' || attempt === 100) throw error;
    }
  }
}

async function waitForTurn(path: string, own: string, { signal, onWait }: LockOptions): Promise<void> {
  let wake: (() => void) | undefined;
  const onChange = () => wake?.();
  let watcher: FSWatcher | undefined;
  try {
    watcher = watch(path, onChange).on('error', () => {});
  } catch {
    // No inotify instance left: the timer does.
  }
  signal?.addEventListener('abort', onChange);
  try {
    let told = false;
    for (let ahead = blockers(path, own); ahead.length > 0; ahead = blockers(path, own)) {
      const owner = ahead.find((t) => t.number > 0);
      if (!told && owner !== undefined) {
        told = true;
        onWait?.({ pid: owner.pid, mode: owner.mode, since: owner.since });
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, POLL_MS);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
        if (signal?.aborted) wake();
      });
      signal?.throwIfAborted();
    }
  } finally {
    signal?.removeEventListener('abort', onChange);
    watcher?.close();
  }
}

/** Who has to go before `own` may: those still choosing, and lower tickets when one of the two is exclusive. */
function blockers(path: string, own: string): Ticket[] {
  // Two looks, choosers first: a folder listing is no snapshot, but who was choosing during the first look and is not
  // listed has its ticket by the second.
  const choosers = choosing(path);
  if (choosers.length > 0) return choosers;
  const all = tickets(path);
  const mine = all.find((t) => t.file === own);
  if (mine === undefined)
    throw new LockError('lock-lost', `the lock file ${join(path, own)} was removed while it was in use`, {
      hint: 'do not delete files of a running command',
    });
  return all.filter(
    (t) =>
      t !== mine &&
      (t.mode === 'exclusive' || mine.mode === 'exclusive') &&
      (t.number < mine.number || (t.number === mine.number && t.file < mine.file)),
  );
}

function choosing(path: string): Ticket[] {
  return entries(path, /^(choosing)()()-(.+)$/);
}

function tickets(path: string): Ticket[] {
  return entries(path, /^(\d{12,})-([sx])-(\d+)-(.+)$/);
}

function entries(path: string, pattern: RegExp): Ticket[] {
  const found: Ticket[] = [];
  for (const file of listing(path)) {
    const match = pattern.exec(file);
    if (!match) continue;
    const [, number, mode, since, token] = match as unknown as [string, string, string, string, string];
    let refreshed: number;
    try {
      refreshed = statSync(join(path, file)).mtimeMs;
    } catch {
      // Released in between.
      continue;
    }
    if (!ownerAlive(token, refreshed)) {
      rmSync(join(path, file), { force: true });
      continue;
    }
    found.push({
      file,
      number: Number(number) || 0,
      mode: mode === 's' ? 'shared' : 'exclusive',
      pid: Number.parseInt(token, 10),
      since: Number(since),
    });
  }
  return found;
}

function listing(path: string): string[] {
  try {
    return readdirSync(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

function removeIfEmpty(path: string): void {
  try {
    rmdirSync(path);
  } catch {
    // Somebody waits in it, or took it away already.
  }
}

function createEmpty(path: string): void {
  closeSync(openSync(path, 'wx', 0o644));
}

function touch(path: string): void {
  try {
    const now = new Date();
    utimesSync(path, now, now);
  } catch {
    // Released in between, or removed with its folder.
  }
}
