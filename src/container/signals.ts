import { watch } from 'node:fs';
import { parseSignal, unknownSignal } from '../dockerfile/signal.ts';
import { codeOf } from '../errors.ts';
import { freeze, isFrozen } from '../runtime/cgroup/freezer.ts';
import { cgroupPathsOf } from '../runtime/cgroup/paths.ts';
import { killAll } from '../runtime/cgroup/processes.ts';
import { ContainerError } from './container-error.ts';
import { currentState } from './reconcile.ts';
import type { ContainerRecord, ContainerState } from './record.ts';
import type { ContainerServices } from './services.ts';

const SIGKILL = 9;
/** How long processes may take to be gone after SIGKILL. */
const KILL_MS = 15_000;
/** Docker's. */
const DEFAULT_STOP_SECONDS = 10;
/** Ends are noticed by watching the state's folder; this is for what a watcher misses. */
const POLL_MS = 100;

/** The running state, or an error that says that it does not run. */
export async function needRunning(
  services: ContainerServices,
  record: ContainerRecord,
): Promise<ContainerState & { process: NonNullable<ContainerState['process']> }> {
  const state = await currentState(services.store, record.id);
  if (state.status === 'running' && state.process !== undefined) return { ...state, process: state.process };
  throw new ContainerError('wrong-state', `container ${record.name} is not running`, {
    hint: `start it with containerize start ${record.name}`,
  });
}

/** Sends a signal to the container's first process. */
export async function signalContainer(
  services: ContainerServices,
  record: ContainerRecord,
  signal: string | number,
): Promise<void> {
  const number = typeof signal === 'number' ? signal : parseSignal(signal);
  if (number === undefined) throw new ContainerError('invalid-option', unknownSignal(String(signal)));
  const { process: init } = await needRunning(services, record);
  try {
    process.kill(init.pid, number);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
  // a frozen process takes its death only when it is thawed (cgroup v1)
  if (number === SIGKILL) await thaw(services, init.pid).catch(() => {});
}

/** Kills a container and waits until it has ended. Fine when it has ended already. */
export async function killContainer(services: ContainerServices, record: ContainerRecord): Promise<void> {
  const state = await currentState(services.store, record.id);
  if (state.status !== 'running' || state.process === undefined) return;
  const host = await services.runtime.cgroups();
  const paths = await cgroupPathsOf(host, state.process.pid).catch(() => undefined);
  await signalContainer(services, record, SIGKILL).catch((error) => {
    if (codeOf(error) !== 'wrong-state') throw error;
  });
  // what shares the host's pid namespace does not die with its first process
  if (record.options.pid !== undefined && paths !== undefined) await killAll(paths);
  if (await waitForExit(services, record, { timeoutMs: KILL_MS })) return;
  throw new ContainerError(
    'stop-timeout',
    `container ${record.name} did not end within ${KILL_MS / 1000} s of SIGKILL`,
    {
      hint: 'a process of it hangs in the kernel (a dead network file system?)',
    },
  );
}

/** Asks a container to end, and kills it when it does not in time. `seconds` -1 waits for ever. */
export async function stopContainer(
  services: ContainerServices,
  record: ContainerRecord,
  options: { seconds?: number | undefined; signal?: string | undefined; abort?: AbortSignal } = {},
): Promise<void> {
  const state = await currentState(services.store, record.id);
  if (state.status !== 'running') return;
  const init = state.process!;
  const wanted = options.signal ?? record.options.stopSignal ?? record.imageConfig.StopSignal ?? 'SIGTERM';
  const seconds = options.seconds ?? record.options.stopTimeout ?? DEFAULT_STOP_SECONDS;
  await thaw(services, init.pid).catch(() => {});
  await signalContainer(services, record, wanted).catch((error) => {
    if (codeOf(error) !== 'wrong-state') throw error;
  });
  const timeoutMs = seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000;
  if (
    await waitForExit(services, record, {
      timeoutMs,
      ...(options.abort === undefined ? {} : { signal: options.abort }),
    })
  )
    return;
  await killContainer(services, record);
}

/** Waits until a container has ended; its state then, or undefined when the time was over first. A removed one has ended. */
export async function waitForExit(
  services: ContainerServices,
  record: ContainerRecord,
  options: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<ContainerState | undefined> {
  const deadline = Date.now() + (options.timeoutMs ?? Number.POSITIVE_INFINITY);
  let wake: (() => void) | undefined;
  const notice = (): void => wake?.();
  const watcher = watchFolder(services.store.path(record.id), notice);
  options.signal?.addEventListener('abort', notice);
  try {
    for (;;) {
      const state = await currentState(services.store, record.id);
      if (state.status !== 'running') return state;
      options.signal?.throwIfAborted();
      const left = deadline - Date.now();
      if (left <= 0) return undefined;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, Math.min(POLL_MS, left));
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  } finally {
    watcher?.close();
    options.signal?.removeEventListener('abort', notice);
  }
}

/** Stops every process of it, or lets them go on. */
export async function pauseContainer(services: ContainerServices, record: ContainerRecord, on: boolean): Promise<void> {
  const { process: init } = await needRunning(services, record);
  const paths = await cgroupPathsOf(await services.runtime.cgroups(), init.pid);
  if ((await isFrozen(paths)) === on) {
    throw new ContainerError('wrong-state', `container ${record.name} is ${on ? 'paused already' : 'not paused'}`);
  }
  await freeze(paths, on);
}

/** True while its processes are frozen. */
export async function isPaused(services: ContainerServices, state: ContainerState): Promise<boolean> {
  if (state.status !== 'running' || state.process === undefined) return false;
  const paths = await cgroupPathsOf(await services.runtime.cgroups(), state.process.pid).catch(() => undefined);
  return paths !== undefined && isFrozen(paths);
}

async function thaw(services: ContainerServices, pid: number): Promise<void> {
  const paths = await cgroupPathsOf(await services.runtime.cgroups(), pid);
  if (await isFrozen(paths)) await freeze(paths, false);
}

function watchFolder(path: string, listener: () => void) {
  try {
    return watch(path, listener).on('error', () => {});
  } catch {
    // no inotify instance left, or the folder is gone: the timer does
    return undefined;
  }
}
