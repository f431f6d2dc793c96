import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../errors.ts';
import { freeze } from '../cgroup/freezer.ts';
import { detectCgroups } from '../cgroup/host.ts';
import { killAll, processesOf, removeCgroup, signalAll } from '../cgroup/processes.ts';
import { updateCgroup } from '../cgroup/update.ts';
import { RuntimeError } from '../error.ts';
import { runHooks, runHooksLeniently } from '../hooks.ts';
import { isAlive } from '../identity.ts';
import type { ContainerStatus, State } from '../spec.ts';
import type { Resources } from '../spec-linux.ts';
import type { OciContext } from './context.ts';
import { hearStart } from './start-report.ts';
import { type StoredContainer, stateOf } from './stored.ts';

/** How long a killed container may take to be gone. */
const DEATH_MS = 10_000;

/** `start`: the program runs. */
export async function start(context: OciContext, id: string): Promise<void> {
  const { store } = context;
  const stored = await store.read(id);
  const status = await store.status(stored);
  if (status !== 'created')
    throw wrongState(`cannot start a container that is ${status}`, 'only a created one can be started');
  const report = await hearStart(store.startReport(id));
  try {
    await sendStart(store.fifo(id));
    const failure = await report?.failure();
    if (failure !== undefined) throw failure;
  } finally {
    report?.close();
  }
  try {
    await runHooks('poststart', stored.hooks?.poststart, stateOf(stored, 'running'));
  } catch (error) {
    await endProcesses(stored);
    throw error;
  }
}

async function sendStart(path: string): Promise<void> {
  const fifo = await open(path, constants.O_WRONLY | constants.O_NONBLOCK).catch((cause) => {
    throw codeOf(cause) === 'ENXIO' ? wrongState('cannot start a container that has stopped') : cause;
  });
  try {
    await fifo.write('0');
  } finally {
    await fifo.close();
  }
  await rm(path, { force: true });
}

/** `state`. */
export async function state(
  context: OciContext,
  id: string,
): Promise<State & { rootfs: string; created: string; owner: string }> {
  const stored = await context.store.read(id);
  const status = await context.store.status(stored);
  return { ...stateOf(stored, status), rootfs: stored.rootfs, created: stored.created, owner: '' };
}

/** `kill`: to the first process, or to all of them. */
export async function kill(context: OciContext, id: string, signal: number, all: boolean): Promise<void> {
  const stored = await context.store.read(id);
  const status = await context.store.status(stored);
  if (all && stored.cgroup !== undefined) {
    // Without a pid namespace of its own a stopped container may have left processes behind.
    if (status === 'stopped' && (await processesOf(stored.cgroup)).length === 0) throw notRunning(status);
    return signalAll(stored.cgroup, signal);
  }
  if (status === 'stopped') throw notRunning(status);
  signalInit(stored, signal);
  // A frozen process hears SIGKILL only once it thaws.
  if (signal === 9 && status === 'paused' && stored.cgroup !== undefined) await freeze(stored.cgroup, false);
}

function signalInit(stored: StoredContainer, signal: number): void {
  try {
    process.kill(stored.pid, signal);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') throw notRunning('stopped');
    throw error;
  }
}

/** `delete`: undoes what `create` did. `force` kills first, and does not mind a container that is not there. */
export async function remove(context: OciContext, id: string, force: boolean): Promise<void> {
  const { store } = context;
  const stored = await store.read(id).catch(async (error) => {
    if (!force || !(error instanceof RuntimeError) || error.code !== 'no-such-container') throw error;
    // `create` may have died before it wrote anything.
    if (await store.hasFolder(id)) await store.remove(id);
    return undefined;
  });
  if (stored === undefined) return;
  const status = await store.status(stored);
  if (status !== 'stopped' && status !== 'created' && !force) {
    throw wrongState(`cannot delete container "${id}" that is not stopped: ${status}`, 'stop it first, or use --force');
  }
  await endProcesses(stored);
  if (stored.cgroup !== undefined) await removeCgroup(stored.cgroup);
  await store.remove(id);
  await runHooksLeniently('poststop', stored.hooks?.poststop, stateOf(stored, 'stopped'), context.warn);
}

/** Kills what is left and waits until it is gone. */
async function endProcesses(stored: StoredContainer): Promise<void> {
  if (stored.pid > 0 && (await isAlive(stored.pid, stored.startTime))) {
    try {
      process.kill(stored.pid, 'SIGKILL');
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
    if (stored.cgroup !== undefined) await freeze(stored.cgroup, false).catch(() => {});
  }
  if (stored.cgroup !== undefined && !(await killAll(stored.cgroup, DEATH_MS))) {
    throw new RuntimeError('cgroup-failed', `processes of container "${stored.id}" do not die`);
  }
  const deadline = performance.now() + DEATH_MS;
  while (stored.pid > 0 && (await isAlive(stored.pid, stored.startTime)) && performance.now() < deadline)
    await sleep(2);
}

/** `pause` and `resume`. */
export async function pause(context: OciContext, id: string, on: boolean): Promise<void> {
  const stored = await context.store.read(id);
  const status = await context.store.status(stored);
  const wanted: ContainerStatus[] = on ? ['running', 'created'] : ['paused'];
  if (!wanted.includes(status)) throw wrongState(`cannot ${on ? 'pause' : 'resume'} a container that is ${status}`);
  await freeze(stored.cgroup ?? { v1: {} }, on);
}

/** `ps`: host pids. */
export async function processes(context: OciContext, id: string): Promise<number[]> {
  const stored = await context.store.read(id);
  if (stored.cgroup === undefined) return (await context.store.status(stored)) === 'stopped' ? [] : [stored.pid];
  return processesOf(stored.cgroup);
}

/** `update`. */
export async function update(context: OciContext, id: string, resources: Resources): Promise<void> {
  const stored = await context.store.read(id);
  const status = await context.store.status(stored);
  if (status === 'stopped') throw wrongState('cannot update a container that is stopped');
  await updateCgroup(await detectCgroups(), stored.cgroup ?? { v1: {} }, resources, context.warn);
}

/** `list`. */
export async function list(context: OciContext): Promise<(StoredContainer & { status: ContainerStatus })[]> {
  const all = await context.store.list();
  return Promise.all(all.map(async (stored) => ({ ...stored, status: await context.store.status(stored) })));
}

function wrongState(message: string, hint?: string): RuntimeError {
  return new RuntimeError('wrong-state', message, { hint });
}

/** These words are what containerd looks for. */
function notRunning(status: ContainerStatus): RuntimeError {
  return wrongState(`container not running: it is ${status}`);
}
