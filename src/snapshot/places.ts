import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, renameSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, messageOf } from '../errors.ts';
import { Tree } from '../layer/tree.ts';
import { ownerToken } from '../owner.ts';
import type { Helper } from '../runtime/helper.ts';
import { removeSmall } from './remove-small.ts';
import { SnapshotError } from './snapshot-error.ts';

/**
 * Where everything is, under the folder of the snapshots:
 *
 * - `l/NAME`: one unpacked layer; `l/e` and `l/f` are empty folders. Names are short, so that hundreds fit into one page of mount
 *   options, which is all that old kernels take.
 * - `c/HEX`: one record for each chain ID that is unpacked; what has no record is not there. Records appear whole.
 * - `p/KEY`: prepared snapshots, `fs` is the writable folder.
 * - `t/TOKEN-…`: what a process is making or throwing away, named after it: swept when it is dead.
 * - `u/TOKEN-HEX`: a process uses a chain: protects it from collection while the process lives.
 * - `locks/HEX`: who unpacks a chain.
 * - `swept`: its time is that of the last sweep.
 */
export class Places {
  readonly root: string;
  readonly #helper: Helper;

  constructor(root: string, helper: Helper) {
    this.root = root;
    this.#helper = helper;
    try {
      for (const folder of ['l/e', 'l/f', 'c', 'p', 't', 'u', 'locks'])
        mkdirSync(join(root, folder), { recursive: true, mode: 0o700 });
      // The root of a file system without layers is compared with it: another mode would be a change of every first layer.
      chmodSync(this.layer('e'), 0o755);
    } catch (error) {
      throw new SnapshotError('cannot-write', `cannot keep root file systems in ${root}: ${messageOf(error)}`, {
        cause: error,
        hint: 'choose another place with --root, or run as the user who owns it',
      });
    }
  }

  get layers(): string {
    return join(this.root, 'l');
  }

  layer(name: string): string {
    return join(this.root, 'l', name);
  }

  chain(hex: string): string {
    return join(this.root, 'c', hex);
  }

  prepared(key: string): string {
    return join(this.root, 'p', key);
  }

  lock(hex: string): string {
    return join(this.root, 'locks', hex);
  }

  /** A name that nobody else uses, below `t`. */
  temporary(what: string): string {
    return join(this.root, 't', `${ownerToken()}-${what}-${randomBytes(6).toString('hex')}`);
  }

  /**
   * A new empty layer folder. The mark beside it says that it is being made: a layer folder with neither a record nor
   * the mark of a living process is swept.
   */
  async newLayer(): Promise<{ name: string; mark: string }> {
    for (;;) {
      // 36^5 names of 5 letters; `e` and `f` are never among them.
      const name = (randomBytes(4).readUInt32LE() % 36 ** 5).toString(36).padStart(5, '0');
      const mark = join(this.root, 't', `${ownerToken()}-layer-${name}`);
      mkdirSync(mark);
      try {
        mkdirSync(this.layer(name), { mode: 0o755 });
        return { name, mark };
      } catch (error) {
        rmdirSync(mark);
        if (codeOf(error) !== 'EEXIST') throw error;
      }
    }
  }

  /** Whether the last sweep is no older than this; if it is, notes that one begins now. */
  sweptWithin(milliseconds: number): boolean {
    const stamp = join(this.root, 'swept');
    const last = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Math.abs(Date.now() - last) < milliseconds) return true;
    writeFileSync(stamp, '');
    return false;
  }

  /** Removes a folder with all it holds, of whatever owner and mode. It is out of the way at once. */
  async discard(path: string): Promise<void> {
    const away = this.temporary('gone');
    try {
      renameSync(path, away);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return;
      throw error;
    }
    await this.removeTemporary(away);
  }

  /** Removes something below `t` by its path. */
  async removeTemporary(path: string): Promise<void> {
    if (removeSmall(path)) return;
    const folder = join(this.root, 't');
    await new Tree(this.#helper, folder).remove(path.slice(folder.length + 1));
  }
}
