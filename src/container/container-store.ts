import { existsSync, lstatSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { mkdir, readdir, readlink, rm, symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import { ownerAlive, ownerToken } from '../owner.ts';
import { ContainerError } from './container-error.ts';
import { checkName, randomName } from './container-name.ts';
import type { ContainerRecord, ContainerState } from './record.ts';

/** A link that names the process which makes the container: see owner.ts. */
const MAKER = 'maker';
/** How long a folder may be without one. */
const UNNAMED_MAKER_MS = 60_000;
const ID = /^[0-9a-f]{64}$/;

/**
 * Containers on disk: `<root>/containers/<id>/{config.json,state.json,exit.json,log.json}`, and one link a name,
 * `names/<name>` → id. Making a link is what makes names unique: the kernel lets one of two commands win, without a
 * lock. A folder without config.json is being made or being removed.
 */
export class ContainerStore {
  readonly folder: string;
  readonly runFolder: string;

  constructor(root: string, run: string) {
    this.folder = join(root, 'containers');
    this.runFolder = join(run, 'containers');
  }

  path(id: string, file?: string): string {
    return file === undefined ? join(this.folder, id) : join(this.folder, id, file);
  }

  /** State of this boot: sockets, generated files, mount points. */
  runPath(id: string, file?: string): string {
    return file === undefined ? join(this.runFolder, id) : join(this.runFolder, id, file);
  }

  /** Makes the folders of a new container and takes its name, or finds one. */
  async reserve(id: string, name: string | undefined): Promise<string> {
    await mkdir(join(this.folder, 'names'), { recursive: true, mode: 0o711 });
    await mkdir(this.path(id), { mode: 0o710 });
    try {
      symlinkSync(ownerToken(), this.path(id, MAKER));
      if (name !== undefined) {
        await this.#takeName(checkName(name), id);
        return name;
      }
      for (let attempt = 0; ; attempt++) {
        const free = randomName(attempt);
        if (await this.#link(free, id)) return free;
      }
    } catch (error) {
      await rm(this.path(id), { recursive: true, force: true });
      throw error;
    }
  }

  /** No fsync: what a power cut takes with it was not running any more anyway. */
  async writeRecord(record: ContainerRecord): Promise<void> {
    await writeFileAtomic(this.path(record.id, 'config.json'), JSON.stringify(record), { mode: 0o640, fsync: false });
  }

  async writeState(id: string, state: ContainerState): Promise<void> {
    await writeFileAtomic(this.path(id, 'state.json'), JSON.stringify(state), { mode: 0o640, fsync: false });
  }

  /** undefined when there is no such container (any more). */
  async readRecord(id: string): Promise<ContainerRecord | undefined> {
    return this.#readJson<ContainerRecord>(this.path(id, 'config.json'));
  }

  async readState(id: string): Promise<ContainerState> {
    return (await this.#readJson<ContainerState>(this.path(id, 'state.json'))) ?? { status: 'created' };
  }

  async rename(record: ContainerRecord, name: string): Promise<void> {
    await this.#takeName(checkName(name), record.id);
    const old = record.name;
    await this.writeRecord({ ...record, name });
    await this.#dropName(old, record.id);
  }

  /** Removes what the store has of a container; its config goes first, so that nobody finds half of it. */
  async remove(record: Pick<ContainerRecord, 'id' | 'name'>): Promise<void> {
    rmSync(this.path(record.id, 'config.json'), { force: true });
    await this.#dropName(record.name, record.id);
    this.#removeFolders(record.id);
  }

  /** A handful of files each. */
  #removeFolders(id: string): void {
    // who watches its health may put a file there before it sees that the container is gone
    const options = { recursive: true, force: true, maxRetries: 10, retryDelay: 10 };
    rmSync(this.runPath(id), options);
    rmSync(this.path(id), options);
  }

  /** Its maker is looked at first: once he is dead, no config can come any more. */
  #isAbandoned(id: string): boolean {
    const age = Date.now() - (lstatSync(this.path(id), { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    let maker: string | undefined;
    try {
      maker = readlinkSync(this.path(id, MAKER));
    } catch {
      // killed before it could say so, or made by an older version
    }
    const isDead = maker === undefined ? age > UNNAMED_MAKER_MS : !ownerAlive(`${maker}-`, Date.now() - age);
    return isDead && !existsSync(this.path(id, 'config.json'));
  }

  /** Removes what commands that were killed while they made or removed a container have left. */
  async sweep(): Promise<void> {
    const gone = (await this.ids()).filter((id) => this.#isAbandoned(id));
    if (gone.length === 0) return;
    for (const id of gone) this.#removeFolders(id);
    for (const name of await readdir(join(this.folder, 'names')).catch(() => [])) {
      const id = await this.#target(name);
      if (id !== undefined && gone.includes(id)) await this.#dropName(name, id);
    }
  }

  async ids(): Promise<string[]> {
    try {
      return (await readdir(this.folder)).filter((name) => ID.test(name));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  }

  /** The ID for a name, an ID, or the beginning of an ID that only one container has. */
  async resolve(nameOrId: string): Promise<string> {
    const word = nameOrId.startsWith('/') ? nameOrId.slice(1) : nameOrId;
    const named = await this.#target(word);
    if (named !== undefined) return named;
    if (/^[0-9a-f]{1,64}$/.test(word)) {
      const found = (await this.ids()).filter((id) => id.startsWith(word));
      if (found.length === 1) return found[0]!;
      if (found.length > 1) {
        throw new ContainerError(
          'ambiguous-container',
          `${found.length} containers have an ID that starts with ${word}`,
          { hint: 'write more digits of the ID' },
        );
      }
    }
    throw new ContainerError('no-such-container', `no such container: ${nameOrId.slice(0, 200)}`, {
      hint: 'containerize ps --all lists them',
    });
  }

  async #takeName(name: string, id: string): Promise<void> {
    if (await this.#link(name, id)) return;
    const owner = await this.#target(name);
    throw new ContainerError(
      'name-in-use',
      `the name "${name}" is in use by container ${owner?.slice(0, 12) ?? 'of another command'}`,
      {
        hint: `remove it with containerize rm ${name}, or choose another name`,
      },
    );
  }

  /** False when the name is taken. A link to a container that is gone (a crash) is replaced. */
  async #link(name: string, id: string): Promise<boolean> {
    const path = this.#namePath(name);
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        await symlink(id, path);
        return true;
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error;
      }
      const owner = await this.#target(name);
      if (owner !== undefined && (await this.#exists(owner))) {
        if (!this.#isAbandoned(owner)) return false;
        this.#removeFolders(owner);
      }
      await unlink(path).catch(() => {});
    }
    return false;
  }

  async #dropName(name: string, id: string): Promise<void> {
    if ((await this.#target(name)) === id) await unlink(this.#namePath(name)).catch(() => {});
  }

  async #target(name: string): Promise<string | undefined> {
    if (name.includes('/') || name === '' || name === '.' || name === '..') return undefined;
    try {
      const id = await readlink(this.#namePath(name));
      return ID.test(id) ? id : undefined;
    } catch (error) {
      if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENAMETOOLONG') return undefined;
      throw error;
    }
  }

  async #exists(id: string): Promise<boolean> {
    return (await this.ids()).includes(id);
  }

  #namePath(name: string): string {
    return join(this.folder, 'names', name);
  }

  async #readJson<T>(path: string): Promise<T | undefined> {
    const text = await readTextIfThere(path);
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new ContainerError('container-damaged', `${path}: expected JSON`, {
        cause,
        hint: 'remove the container with containerize rm --force',
      });
    }
  }
}
