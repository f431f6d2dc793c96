import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../../files.ts';
import { digestHex, sha256 } from '../../oci/digest.ts';
import type { Validators } from './download.ts';

/** What a URL gave the last time. */
export interface KnownDownload extends Validators {
  url: string;
  name: string;
  /** sha256:… */
  digest: string;
}

/**
 * Remembers what URLs gave, so that the server can say that nothing changed instead of sending it all again: one small
 * file a URL, which anybody may delete.
 */
export class DownloadMemory {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async get(url: string): Promise<KnownDownload | undefined> {
    const text = await readTextIfThere(this.#path(url));
    if (text === undefined) return undefined;
    try {
      const known = JSON.parse(text) as KnownDownload;
      const whole = known.url === url && typeof known.name === 'string' && /^sha256:[0-9a-f]{64}$/.test(known.digest);
      return whole ? known : undefined;
    } catch {
      return undefined; // torn by a power cut
    }
  }

  /** Only what a server can be asked about is worth remembering. */
  async put(known: KnownDownload): Promise<void> {
    if (known.etag === undefined && known.lastModified === undefined) return;
    const text = JSON.stringify(known);
    try {
      await writeFileAtomic(this.#path(known.url), text, { fsync: false, mode: 0o600 });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      await mkdir(this.#folder, { recursive: true });
      await writeFileAtomic(this.#path(known.url), text, { fsync: false, mode: 0o600 });
    }
  }

  #path(url: string): string {
    return join(this.#folder, `${digestHex(sha256(url)).slice(0, 40)}.json`);
  }
}
