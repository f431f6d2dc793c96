import { join } from 'node:path';
import { Tree } from '../layer/tree.ts';
import { ownerAlive, ownerToken } from '../owner.ts';
import type { ProcessIo, Running } from '../runtime/runtime-types.ts';
import type { Snapshot } from '../snapshot/snapshotter.ts';
import { attachSocketPath } from './attach-socket.ts';
import { ContainerError } from './container-error.ts';
import { type ExecOptions, execDetached, execInContainer } from './exec.ts';
import { isWatched, readHealth } from './health-file.ts';
import type { Limits } from './limits.ts';
import { type LogEntry, type LogOptions, readLog } from './log-file.ts';
import { currentState } from './reconcile.ts';
import type { ContainerRecord, ContainerState } from './record.ts';
import { type RemoveOptions, removeContainer } from './remove.ts';
import { promiseRemoval } from './remover.ts';
import type { ContainerServices } from './services.ts';
import { isPaused, killContainer, pauseContainer, signalContainer, stopContainer, waitForExit } from './signals.ts';
import { type StartOptions, startDetached, startForeground } from './start.ts';
import { updateLimits } from './update.ts';

/** How long a watcher may take to be there. */
const WATCHER_START_MS = 3_000;

/** One container. What it is does not change but for its name; how far it is must be asked. */
export class Container {
  readonly services: ContainerServices;
  record: ContainerRecord;
  readonly #snapshot: Snapshot | undefined;

  constructor(services: ContainerServices, record: ContainerRecord, snapshot?: Snapshot) {
    this.services = services;
    this.record = record;
    this.#snapshot = snapshot;
  }

  get id(): string {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  async state(): Promise<ContainerState> {
    const state = await currentState(this.services.store, this.id);
    const health = state.foreground ? undefined : await readHealth(this.services.store, this.id);
    if (health === undefined) return state;
    await this.#keepWatched(state);
    return { ...state, health };
  }

  /** The process that checks its health was killed: another one goes on. */
  async #keepWatched(state: ContainerState): Promise<void> {
    const { store, supervise } = this.services;
    const age = Date.now() - Date.parse(state.startedAt ?? '');
    if (supervise === undefined || state.status !== 'running' || !(age > WATCHER_START_MS)) return;
    if (!isWatched(store, this.id)) await supervise(this.id);
  }

  /** Another process has made it, and may be just about to start it. */
  async mayBeStarting(): Promise<boolean> {
    const { maker, created } = this.record;
    if (maker === undefined || maker === ownerToken() || !ownerAlive(`${maker}-`, Date.parse(created))) return false;
    const { status, exit } = await this.state();
    return status === 'created' && exit === undefined;
  }

  async isPaused(): Promise<boolean> {
    return isPaused(this.services, await this.state());
  }

  /** Starts it in the background. */
  start(options: StartOptions = {}): Promise<void> {
    return startDetached(this.services, this.record, { snapshot: this.#snapshot, ...options });
  }

  /** Starts it as a child of this process, which it does not outlive. */
  startForeground(io: ProcessIo, options: StartOptions = {}): Promise<Running & { finished: Promise<void> }> {
    return startForeground(this.services, this.record, io, { snapshot: this.#snapshot, ...options });
  }

  exec(options: ExecOptions, io: ProcessIo): Promise<Running> {
    return execInContainer(this.services, this.record, options, io);
  }

  /** Runs a program in it that nobody waits for. */
  execDetached(options: ExecOptions): Promise<void> {
    return execDetached(this.services, this.record, options);
  }

  signal(signal: string | number): Promise<void> {
    return signalContainer(this.services, this.record, signal);
  }

  kill(): Promise<void> {
    return killContainer(this.services, this.record);
  }

  stop(
    options: { seconds?: number | undefined; signal?: string | undefined; abort?: AbortSignal } = {},
  ): Promise<void> {
    return stopContainer(this.services, this.record, options);
  }

  pause(on: boolean): Promise<void> {
    return pauseContainer(this.services, this.record, on);
  }

  /** The state once it has ended. */
  async wait(options: { signal?: AbortSignal } = {}): Promise<ContainerState> {
    return (await waitForExit(this.services, this.record, options))!;
  }

  remove(options: RemoveOptions = {}): Promise<void> {
    return removeContainer(this.services, this.record, options);
  }

  /** While this process lives, nobody else clears this container away when it has ended: its exit code is still read. */
  promiseRemoval(): Promise<void> {
    return promiseRemoval(this.services.store, this.id);
  }

  /** Removes a container of `startForeground` whose exit was awaited. */
  removeEnded(): Promise<void> {
    return removeContainer(this.services, this.record, { ended: { snapshot: this.#snapshot }, volumes: true });
  }

  async rename(name: string): Promise<void> {
    await this.services.store.rename(this.record, name);
    this.record = { ...this.record, name };
  }

  /** Changes limits, now and for later starts. */
  async update(changes: Limits, warn: (message: string) => void): Promise<void> {
    this.record = await updateLimits(this.services, this.record, changes, warn);
  }

  /** What it wrote, oldest first. */
  async logs(options: LogOptions): Promise<AsyncGenerator<LogEntry, void, undefined>> {
    const state = await this.state();
    if (state.foreground) {
      throw new ContainerError(
        'no-logs',
        `container ${this.name} was run in the foreground with --rm: its output went there and was not kept`,
      );
    }
    return readLog(
      this.services.store.path(this.id, 'log.json'),
      options,
      async () => (await this.state()).status !== 'running',
    );
  }

  /** Bytes in its own layer. */
  async writtenBytes(): Promise<number> {
    const snapshot = await this.services.snapshots.open(this.id);
    if (snapshot === undefined || snapshot.overlay.upper === '') return 0;
    return (await new Tree(this.services.helper, snapshot.overlay.upper).usage()).bytes;
  }

  /** Bytes of its image's layers, unpacked, and of its own. */
  async rootBytes(): Promise<number> {
    const snapshot = await this.services.snapshots.open(this.id);
    if (snapshot === undefined) return 0;
    const { cwd, lowers, upper } = snapshot.overlay;
    const folders = [...lowers.map((lower) => join(cwd, lower)), ...(upper === '' ? [] : [upper])];
    const sizes = await Promise.all(folders.map((folder) => new Tree(this.services.helper, folder).usage()));
    return sizes.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  get attachSocket(): string {
    return attachSocketPath(this.services, this.record);
  }
}
