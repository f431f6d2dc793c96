import { appendFile, mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import type { Digest } from '../oci/digest.ts';

/** Above this size the older half of a record is dropped. */
const MAX_SIZE = 1024 * 1024;
/** More candidates are not worth a request each. */
const MAX_CANDIDATES = 3;

/**
 * Remembers which repositories of a registry hold a blob, because we saw it there: a push to another repository of the
 * same registry can then mount it instead of sending it. One file a registry, a line an observation, only ever appended,
 * so that several processes may write. A wrong line costs one request.
 */
export class KnownSources {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Repositories where the blobs were seen, newest first. */
  async find(registry: string): Promise<(digest: Digest) => string[]> {
    const text = (await readTextIfThere(this.#file(registry)).catch(() => undefined)) ?? '';
    const found = new Map<string, string[]>();
    for (const line of text.split('\n').reverse()) {
      const [digest, repository] = line.split(' ');
      if (!digest || !repository) continue;
      const list = found.get(digest) ?? [];
      if (list.length < MAX_CANDIDATES && !list.includes(repository)) found.set(digest, [...list, repository]);
    }
    return (digest) => found.get(digest) ?? [];
  }

  /** Never fails: without the record a push only sends more. */
  async add(registry: string, repository: string, digests: readonly Digest[]): Promise<void> {
    try {
      const known = await this.find(registry);
      const news = digests.filter((digest) => known(digest)[0] !== repository);
      if (news.length === 0) return;
      await mkdir(this.#folder, { recursive: true });
      const file = this.#file(registry);
      await appendFile(file, news.map((digest) => `${digest} ${repository}\n`).join(''));
      if ((await stat(file)).size > MAX_SIZE) {
        const lines = ((await readTextIfThere(file)) ?? '').split('\n');
        await writeFileAtomic(file, lines.slice(lines.length / 2).join('\n'), { fsync: false });
      }
    } catch {
      // A full or read-only disk: see above.
    }
  }

  #file(registry: string): string {
    return join(this.#folder, encodeURIComponent(registry));
  }
}
