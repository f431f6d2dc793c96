import { createHash } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import type { Digest } from '../oci/digest.ts';
import type { TagMove } from '../reports.ts';

/** What is written down before the first tag moves, so that a run that was cut off can be taken up again. */
export interface JournalEntry {
  action: string;
  channel: string;
  target: Digest;
  moves: TagMove[];
  began: string;
  /** Whose the registry's locks are: a run that is cut off leaves them. */
  owner?: string;
}

/** One file a channel and set of repositories; there while tags are being moved, and after a crash. */
export class Journal {
  readonly #folder: string;
  readonly #path: string;

  constructor(folder: string, channel: string, repositories: readonly string[]) {
    const key = createHash('sha256').update(JSON.stringify([channel, [...repositories].sort()]));
    this.#folder = folder;
    this.#path = join(folder, `${key.digest('hex').slice(0, 32)}.json`);
  }

  /** What an earlier run left when it was cut off. A file that is damaged tells nothing. */
  async read(): Promise<JournalEntry | undefined> {
    const text = await readTextIfThere(this.#path);
    if (text === undefined) return undefined;
    try {
      const entry = JSON.parse(text) as JournalEntry;
      return Array.isArray(entry.moves) && typeof entry.target === 'string' ? entry : undefined;
    } catch {
      return undefined;
    }
  }

  /** Lasts before this resolves. */
  async write(entry: JournalEntry): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await writeFileAtomic(this.#path, JSON.stringify(entry), { fsync: true });
  }

  async clear(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}
