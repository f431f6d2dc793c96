import { readFile, stat } from 'node:fs/promises';
import { codeOf } from '../errors.ts';
import { bootId } from '../owner.ts';
import type { ExitReport } from '../reports.ts';
import { isAlive } from '../runtime/identity.ts';
import type { ProcessIdentity } from '../runtime/runtime-types.ts';
import type { ContainerStore } from './container-store.ts';
import type { ContainerState } from './record.ts';

/** How long a keeper whose container ended may take to write down how. */
const KEEPER_MS = 5_000;
/** What docker says of a container whose end nobody saw. */
const UNSEEN_EXIT = 255;

/**
 * The true state of a container: what state.json says, corrected by what became of its processes since. A container
 * that says "running" has ended when its keeper wrote the exit file, and was lost when both are gone (kill -9, reboot).
 */
export async function currentState(store: ContainerStore, id: string): Promise<ContainerState> {
  const state = await store.readState(id);
  if (state.status !== 'running') return state;
  const sameBoot = state.boot === undefined || state.boot === bootId();
  if (sameBoot && (await lives(state.process))) return state;
  const deadline = Date.now() + KEEPER_MS;
  for (;;) {
    const keeperLives = sameBoot && (await lives(state.keeper));
    const ended = await readExit(store, id);
    if (ended !== undefined) return finish(store, id, state, ended.report, ended.at, ended.error);
    if (!keeperLives || Date.now() > deadline) break;
    // in the foreground the keeper rewrites state.json itself
    await new Promise((resolve) => setTimeout(resolve, 10));
    const again = await store.readState(id);
    if (again.status !== 'running') return again;
  }
  const lost: ExitReport = { exitCode: UNSEEN_EXIT, oomKilled: false, durationMs: 0 };
  return finish(store, id, state, lost, new Date(), 'its keeper was killed, or this machine was restarted');
}

/** Writes down that a container has ended. */
export async function finish(
  store: ContainerStore,
  id: string,
  state: ContainerState,
  exit: ExitReport,
  at: Date,
  error?: string,
): Promise<ContainerState> {
  const { process: _, keeper: __, boot: ___, ...rest } = state;
  const finished: ContainerState = {
    ...rest,
    status: 'exited',
    exit,
    finishedAt: at.toISOString(),
    ...(error === undefined ? {} : { error }),
  };
  await store.writeState(id, finished).catch((failure) => {
    // removed in the meantime: then nobody wants to know
    if (codeOf(failure) !== 'ENOENT') throw failure;
  });
  return finished;
}

/** The exit file that the monitor writes when its container has ended. */
async function readExit(
  store: ContainerStore,
  id: string,
): Promise<{ report: ExitReport; at: Date; error?: string } | undefined> {
  const path = store.path(id, 'exit.json');
  try {
    const [text, { mtime }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    const { event: _, error, ...report } = JSON.parse(text) as ExitReport & { event?: string; error?: string };
    return { report, at: mtime, ...(error === undefined ? {} : { error }) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** True while that very process runs. */
export async function lives(process: ProcessIdentity | undefined): Promise<boolean> {
  return process !== undefined && isAlive(process.pid, process.startTime);
}
