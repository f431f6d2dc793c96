import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { ownerAlive, ownerToken } from '../locks.ts';

/** f_type of tmpfs and ramfs: statfs(2). */
const MEMORY_FILE_SYSTEMS = new Set([0x01021994, 0x858458f6]);

/**
 * The folders that a build makes for itself while it runs: one on disk beside the snapshots for scratch files, one in
 * memory for secrets and sockets. Made when first needed, removed at the end; what a killed build left is swept by the
 * next one that makes such a folder.
 */
export class Rooms {
  /** Folder of the locks of executing steps. */
  readonly locks: string;
  readonly #root: string;
  readonly #run: string;
  #scratch: Promise<string> | undefined;
  #memory: Promise<string> | undefined;

  constructor(root: string, run: string) {
    this.#root = root;
    this.#run = run;
    this.locks = join(root, 'locks', 'steps');
  }

  /** On the disk of the snapshots. */
  scratch(): Promise<string> {
    this.#scratch ??= makeRoom(join(this.#root, 'build'));
    return this.#scratch;
  }

  /** In memory: what is here never reaches a disk. */
  memory(): Promise<string> {
    this.#memory ??= this.#makeMemory();
    return this.#memory;
  }

  async close(): Promise<void> {
    const made = await Promise.all([this.#scratch?.catch(() => undefined), this.#memory?.catch(() => undefined)]);
    await Promise.all(made.map((folder) => folder && rm(folder, { recursive: true, force: true })));
  }

  async #makeMemory(): Promise<string> {
    const room = await makeRoom(join(this.#run, 'build'));
    if (MEMORY_FILE_SYSTEMS.has((await statfs(room)).type)) return room;
    await rm(room, { recursive: true, force: true });
    return makeRoom('/dev/shm/containerize-build');
  }
}

async function makeRoom(parent: string): Promise<string> {
  await mkdir(parent, { recursive: true, mode: 0o711 });
  await sweep(parent);
  const room = join(parent, `${ownerToken()}-${randomBytes(4).toString('hex')}`);
  await mkdir(room, { mode: 0o711 });
  return room;
}

async function sweep(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const path = join(parent, name);
    const found = await stat(path).catch(() => undefined);
    if (found && !ownerAlive(name, found.mtimeMs)) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
