import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ContainerizeError, messageOf } from '../errors.ts';
import { withLock } from '../locks.ts';
import { bootId } from '../owner.ts';
import { startExitCode } from '../runtime/error.ts';
import { processFacts } from '../runtime/identity.ts';
import type { ContainerRequest, ProcessIdentity, ProcessIo, Running } from '../runtime/runtime-types.ts';
import type { Snapshot } from '../snapshot/snapshotter.ts';
import { attachSocketPath } from './attach-socket.ts';
import { makeBundle } from './bundle.ts';
import { ContainerError } from './container-error.ts';
import { healthcheckOf } from './health.ts';
import { resetHealth } from './health-file.ts';
import { currentState, finish } from './reconcile.ts';
import type { ContainerRecord, ContainerState } from './record.ts';
import { readInRoot } from './root.ts';
import type { ContainerServices } from './services.ts';
import { needRunning } from './signals.ts';

export interface StartOptions {
  /** The container's own root when it is open already. */
  snapshot?: Snapshot | undefined;
  consoleSize?: { rows: number; columns: number } | undefined;
  signal?: AbortSignal | undefined;
  /** Output waits so long for somebody to attach. */
  waitClientMs?: number;
}

/** Starts a container that outlives us; a monitor keeps its log and its exit. Nothing happens when it runs already. */
export async function startDetached(
  services: ContainerServices,
  record: ContainerRecord,
  options: StartOptions = {},
): Promise<void> {
  const { store } = services;
  await withLock(store.path(record.id, 'lock'), { mode: 'exclusive', signal: options.signal }, async () => {
    const before = await currentState(store, record.id);
    if (before.status === 'running') return;
    // it was to be removed, and after a crash what it wrote may be half there: its root is mounted without syncing
    if (before.status === 'exited' && record.options.autoRemove) {
      throw new ContainerError('wrong-state', `container ${record.name} has ended, and --rm has it removed`, {
        hint: `make another with containerize run, or remove it now with containerize rm ${record.name}`,
      });
    }
    const request = await prepare(services, record, options);
    const socket = attachSocketPath(services, record);
    await mkdir(join(socket, '..'), { recursive: true, mode: 0o700 });
    await Promise.all([rm(store.path(record.id, 'exit.json'), { force: true }), rm(socket, { force: true })]);
    const state = freshState(request);
    const checked = services.supervise !== undefined && healthcheckOf(record) !== undefined;
    await resetHealth(store, record.id, checked);
    try {
      const detached = await services.runtime.detach(request, {
        log: store.path(record.id, 'log.json'),
        exit: store.path(record.id, 'exit.json'),
        attachSocket: socket,
        openStdin: record.options.interactive ?? false,
        ...(options.waitClientMs === undefined ? {} : { waitClientMs: options.waitClientMs }),
      });
      const keeper = await identityOf(detached.monitorPid);
      const { pid, startTime } = detached;
      await store.writeState(record.id, {
        ...state,
        process: { pid, startTime },
        ...(keeper === undefined ? {} : { keeper }),
      });
      if (checked) await services.supervise!(record.id);
      if (services.rootless && keeper !== undefined) await rememberNamespace(services, record, keeper);
    } catch (error) {
      await failed(services, record, state, error);
      throw error;
    }
  });
}

/**
 * Runs a container as a child of ours, its streams relayed: the fastest way, for `run --rm`. It ends with us. The
 * promise resolves when it has been made; the caller waits for `exit`, and `finished` says when that is on disk.
 */
export async function startForeground(
  services: ContainerServices,
  record: ContainerRecord,
  io: ProcessIo,
  options: StartOptions = {},
): Promise<Running & { finished: Promise<void> }> {
  const { store } = services;
  const request = await prepare(services, record, options);
  const state: ContainerState = { ...freshState(request), foreground: true };
  let running: Running;
  try {
    running = await services.runtime.run(request, io, options.signal === undefined ? {} : { signal: options.signal });
  } catch (error) {
    await failed(services, record, state, error);
    throw error;
  }
  const written = Promise.all([identityOf(running.pid), identityOf(process.pid)]).then(([init, keeper]) =>
    store.writeState(record.id, {
      ...state,
      ...(init === undefined ? {} : { process: init }),
      ...(keeper === undefined ? {} : { keeper }),
    }),
  );
  written.catch(() => {});
  const finished = running.exit.then(
    async (exit) => {
      await written;
      // what is removed now needs no last entry
      if (!record.options.autoRemove) await finish(store, record.id, state, exit, new Date());
    },
    async (error) => {
      await written;
      await failed(services, record, state, error);
    },
  );
  finished.catch(() => {});
  return Object.assign(running, { finished });
}

async function prepare(
  services: ContainerServices,
  record: ContainerRecord,
  options: StartOptions,
): Promise<ContainerRequest> {
  const snapshot = options.snapshot ?? (await services.snapshots.open(record.id));
  if (snapshot === undefined) {
    throw new ContainerError('container-damaged', `container ${record.name} has lost its root`, {
      hint: `remove it with containerize rm ${record.name}`,
    });
  }
  return makeBundle(services.store, record, {
    overlay: snapshot.overlay,
    rootless: services.rootless,
    readRoot: (path, max) => readInRoot(services.helper, snapshot.overlay, path, max),
    consoleSize: options.consoleSize,
    namespacePath: async (other, kind) => {
      const target = await services.store.readRecord(await services.store.resolve(other));
      if (target === undefined) throw new ContainerError('no-such-container', `no such container: ${other}`);
      return `/proc/${(await needRunning(services, target)).process.pid}/ns/${kind}`;
    },
  });
}

function freshState(request: ContainerRequest): ContainerState {
  return {
    status: 'running',
    startedAt: new Date().toISOString(),
    boot: bootId(),
    ...(request.spec.process === undefined ? {} : { spec: request.spec.process }),
  };
}

/** docker leaves a container that could not be started as "created", with the reason. */
async function failed(
  services: ContainerServices,
  record: ContainerRecord,
  state: ContainerState,
  error: unknown,
): Promise<void> {
  const { spec: _, boot: __, process: ___, ...rest } = state;
  const exit = { exitCode: startExitCode(error), oomKilled: false, durationMs: 0 };
  const hint = error instanceof ContainerizeError ? error.hint : undefined;
  const message = hint === undefined ? messageOf(error) : `${messageOf(error)} (${hint})`;
  await services.store.writeState(record.id, { ...rest, status: 'created', exit, error: message }).catch(() => {});
}

async function identityOf(pid: number): Promise<ProcessIdentity | undefined> {
  const facts = pid > 0 ? await processFacts(pid) : undefined;
  return facts === undefined ? undefined : { pid, startTime: facts.startTime };
}

/** Later rootless commands must enter the user namespace that this container lives in: the door looks for this. */
async function rememberNamespace(
  services: ContainerServices,
  record: ContainerRecord,
  keeper: ProcessIdentity,
): Promise<void> {
  await writeFile(services.store.runPath(record.id, 'keeper.json'), JSON.stringify(keeper));
}
