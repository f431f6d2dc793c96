import { Writable } from 'node:stream';
import { messageOf } from '../errors.ts';
import { writeFileAtomic } from '../files.ts';
import { tryLock } from '../locks.ts';
import type { Healthcheck } from '../oci/image-config.ts';
import type { Container } from './container.ts';
import { healthCommand, healthcheckOf } from './health.ts';
import { readHealth, watcherLock } from './health-file.ts';
import type { HealthState } from './record.ts';

/** Docker's defaults, in nanoseconds as everywhere in a health check. */
const DEFAULTS = { interval: 30e9, timeout: 30e9, startInterval: 5e9, retries: 3 };
/** Results that are kept, and how much of the output of each. */
const KEPT = 5;
const MAX_OUTPUT = 4096;

/**
 * Checks a running container again and again until it ends. Failures in the start period do not count, and the first
 * success ends that period. False when there is nothing to check, or somebody does already.
 */
export async function watchHealth(container: Container, signal: AbortSignal): Promise<boolean> {
  const check = healthcheckOf(container.record);
  if (check === undefined) return false;
  const { store } = container.services;
  const lock = await tryLock(watcherLock(store, container.id), 'exclusive');
  if (lock === undefined) return false;
  try {
    await watch(container, check, signal);
    return true;
  } finally {
    await lock.release();
  }
}

async function watch(container: Container, check: Healthcheck, signal: AbortSignal): Promise<void> {
  const over = new AbortController();
  const stop = (): void => over.abort();
  signal.addEventListener('abort', stop, { once: true });
  void container.wait({ signal: over.signal }).then(stop, stop);
  const started = Date.now();
  // what one before us found, whose end nobody saw
  const before = await readHealth(container.services.store, container.id);
  let health: HealthState = before ?? { status: 'starting', failingStreak: 0, log: [] };
  while (!over.signal.aborted) {
    const inStartPeriod = health.status === 'starting' && Date.now() - started < (check.StartPeriod ?? 0) / 1e6;
    const pause = inStartPeriod
      ? positive(check.StartInterval, DEFAULTS.startInterval)
      : positive(check.Interval, DEFAULTS.interval);
    await sleep(pause / 1e6, over.signal);
    if (over.signal.aborted) return;
    const result = await runCheck(container, check, over.signal);
    if (over.signal.aborted) return;
    health = after(health, result, inStartPeriod, check.Retries || DEFAULTS.retries);
    await writeFileAtomic(container.services.store.path(container.id, 'health.json'), JSON.stringify(health), {
      fsync: false,
    }).catch(stop);
  }
}

function after(
  health: HealthState,
  result: HealthState['log'][0],
  inStartPeriod: boolean,
  retries: number,
): HealthState {
  const log = [...health.log, result].slice(-KEPT);
  if (result.exitCode === 0) return { status: 'healthy', failingStreak: 0, log };
  if (inStartPeriod) return { ...health, log };
  const failingStreak = health.failingStreak + 1;
  return { status: failingStreak >= retries ? 'unhealthy' : health.status, failingStreak, log };
}

async function runCheck(container: Container, check: Healthcheck, signal: AbortSignal): Promise<HealthState['log'][0]> {
  const start = new Date().toISOString();
  const timeout = positive(check.Timeout, DEFAULTS.timeout) / 1e6;
  let output = '';
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      if (output.length < MAX_OUTPUT) output = (output + chunk.toString('utf8')).slice(0, MAX_OUTPUT);
      done();
    },
  });
  const late = AbortSignal.timeout(timeout);
  const result = (exitCode: number, text = output) => ({
    start,
    end: new Date().toISOString(),
    exitCode,
    output: text,
  });
  try {
    const command = healthCommand(check, container.record.imageConfig.Shell);
    const running = await container.exec(
      { command, signal: AbortSignal.any([signal, late]) },
      { stdin: 'null', stdout: sink, stderr: sink },
    );
    const { exitCode } = await running.exit;
    return late.aborted ? result(-1, tooLong(timeout)) : result(exitCode);
  } catch (error) {
    return result(-1, late.aborted ? tooLong(timeout) : messageOf(error));
  }
}

function tooLong(ms: number): string {
  return `Health check exceeded timeout (${ms / 1000}s)`;
}

function positive(value: number | undefined, otherwise: number): number {
  return value === undefined || value <= 0 ? otherwise : value;
}

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
