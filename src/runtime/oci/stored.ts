import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../errors.ts';
import { writeFileAtomic } from '../../files.ts';
import { isFrozen } from '../cgroup/freezer.ts';
import type { CgroupPaths } from '../cgroup/paths.ts';
import { RuntimeError } from '../error.ts';
import { isAlive } from '../identity.ts';
import type { ContainerStatus, Hooks, Process, State } from '../spec.ts';
import { checkContainerId } from '../spec-parse.ts';

/** What is kept of a container on disk: all that later commands need, so that changes to config.json have no effect. */
export interface StoredContainer {
  id: string;
  ociVersion: string;
  bundle: string;
  rootfs: string;
  /** RFC 3339. */
  created: string;
  /** True until `create` has come to its end. */
  creating: boolean;
  /** -1 before there is one. */
  pid: number;
  startTime: string;
  cgroup?: CgroupPaths;
  annotations?: Record<string, string>;
  hooks?: Hooks;
  /** What `exec` starts from. */
  process: Process;
  seccomp?: { flags: number; program: string };
}

/** The containers of one `--root`: a folder each, named after the ID. */
export class ContainerStore {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  /** Compiled seccomp programs: no ID begins with a dot. */
  get filters(): string {
    return join(this.root, '.filters');
  }

  folder(id: string): string {
    return join(this.root, checkContainerId(id));
  }

  /** Where `create` leaves the container waiting; gone once it was started. */
  fifo(id: string): string {
    return join(this.folder(id), 'start.fifo');
  }

  /** Where the container tells what goes wrong after it was started; only there when it has hooks for that time. */
  startReport(id: string): string {
    return join(this.folder(id), 'start.report');
  }

  /** Takes the ID. Only one of two concurrent calls succeeds. */
  async claim(id: string): Promise<void> {
    const folder = this.folder(id);
    await mkdir(this.root, { recursive: true, mode: 0o700 });
    try {
      await mkdir(folder, { mode: 0o700 });
    } catch (cause) {
      if (codeOf(cause) !== 'EEXIST') throw cause;
      throw new RuntimeError('id-in-use', `container with id exists already: ${id}`, { cause });
    }
  }

  async write(container: StoredContainer): Promise<void> {
    await writeFileAtomic(join(this.folder(container.id), 'state.json'), JSON.stringify(container), {
      mode: 0o600,
      fsync: false,
    });
  }

  /** Throws `no-such-container`. */
  async read(id: string): Promise<StoredContainer> {
    const text = await readFile(join(this.folder(id), 'state.json'), 'utf8').catch((cause) => {
      if (codeOf(cause) !== 'ENOENT') throw cause;
      throw new RuntimeError('no-such-container', `container "${id}" does not exist`, { cause });
    });
    return JSON.parse(text) as StoredContainer;
  }

  /** True when the folder is there, also when `create` died before it wrote anything. */
  async hasFolder(id: string): Promise<boolean> {
    return stat(this.folder(id)).then(
      () => true,
      () => false,
    );
  }

  async remove(id: string): Promise<void> {
    await rm(this.folder(id), { recursive: true, force: true });
  }

  async list(): Promise<StoredContainer[]> {
    const names = await readdir(this.root).catch(() => []);
    const all = await Promise.all(names.map((name) => this.read(name).catch(() => undefined)));
    return all.filter((container) => container !== undefined).sort((a, b) => (a.created < b.created ? -1 : 1));
  }

  async status(container: StoredContainer): Promise<ContainerStatus> {
    if (container.pid > 0 && !(await isAlive(container.pid, container.startTime))) return 'stopped';
    if (container.creating) return 'creating';
    if (container.pid <= 0) return 'stopped';
    if (container.cgroup !== undefined && (await isFrozen(container.cgroup))) return 'paused';
    const waits = await stat(this.fifo(container.id)).then(
      () => true,
      () => false,
    );
    return waits ? 'created' : 'running';
  }
}

/** The specification's state of a container: for `state` and for hooks. */
export function stateOf(container: StoredContainer, status: ContainerStatus): State {
  const { ociVersion, id, bundle, annotations } = container;
  const pid = status === 'stopped' || container.pid < 0 ? 0 : container.pid;
  return { ociVersion, id, status, pid, bundle, ...(annotations !== undefined && { annotations }) };
}
