import { randomBytes } from 'node:crypto';
import { lstatSync, mkdirSync, readdirSync, rmSync, statfsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sweepLocks } from '../locks.ts';
import { ownerAlive, ownerToken } from '../owner.ts';

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
    if (this.#scratch === undefined) sweepLocks(this.locks);
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
    if (MEMORY_FILE_SYSTEMS.has(statfsSync(room).type)) return room;
    rmSync(room, { recursive: true, force: true });
    // Everybody may write to /dev/shm: the name is ours alone, and no folder of somebody else's is on the way.
    return makeRoom('/dev/shm', 'containerize-build-');
  }
}

async function makeRoom(parent: string, prefix = ''): Promise<string> {
  if (prefix === '') mkdirSync(parent, { recursive: true, mode: 0o711 });
  await sweep(parent, prefix);
  const room = join(parent, `${prefix}${ownerToken()}-${randomBytes(4).toString('hex')}`);
  mkdirSync(room, { mode: 0o711 });
  return room;
}

/** Removes the rooms of builds that are dead. What is not ours stays. */
async function sweep(parent: string, prefix: string): Promise<void> {
  for (const name of readdirSync(parent)) {
    if (!name.startsWith(prefix)) continue;
    const path = join(parent, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    const dead =
      found?.isDirectory() && found.uid === process.getuid?.() && !ownerAlive(name.slice(prefix.length), found.mtimeMs);
    if (dead) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}
