import { createHash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { codeOf, messageOf } from '../../errors.ts';
import { CopyError } from './error.ts';

/** Up to here a file is read in one go, without giving way: opening it costs more than reading it. */
const SMALL = 128 * 1024;
/** Up to here a file is read whole and digested on another thread. */
const MEDIUM = 8 * 1024 * 1024;
/** Bytes of files that are being digested at once. */
const IN_FLIGHT = 32 * 1024 * 1024;
const CHUNK = 1024 * 1024;

const FLAGS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/**
 * sha256 of files. Small ones are digested at once; larger ones on libuv's threads, several at a time, bounded in
 * bytes. A file that is not the same after reading as it was before is an error: its digest would say nothing.
 */
export class FileDigester {
  readonly #buffer = Buffer.allocUnsafe(SMALL + 1);
  #busy = 0;
  readonly #waiting: (() => void)[] = [];

  /** `shown` is the path for messages. The promise inside is not awaited, so that the caller can walk on. */
  async digest(path: string, before: Stats, shown: string): Promise<{ digest: Buffer | Promise<Buffer> }> {
    if (before.size <= SMALL) return { digest: this.#small(path, before, shown) };
    const weight = Math.min(before.size, MEDIUM);
    while (this.#busy > 0 && this.#busy + weight > IN_FLIGHT) await new Promise<void>((go) => this.#waiting.push(go));
    this.#busy += weight;
    const digest = digestLarge(path, before, shown).finally(() => {
      this.#busy -= weight;
      for (const go of this.#waiting.splice(0)) go();
    });
    // Whoever needs the digest will see the failure; until then it must not end the process.
    digest.catch(() => {});
    return { digest };
  }

  #small(path: string, before: Stats, shown: string): Buffer {
    let fd: number;
    try {
      fd = openSync(path, FLAGS);
    } catch (error) {
      throw unreadable(error, shown);
    }
    try {
      let length = 0;
      for (;;) {
        const read = readSync(fd, this.#buffer, length, this.#buffer.length - length, null);
        length += read;
        if (read === 0 || length === this.#buffer.length) break;
      }
      checkSame(before, fstatSync(fd), length, shown);
      return hash('sha256', this.#buffer.subarray(0, length), 'buffer');
    } finally {
      closeSync(fd);
    }
  }
}

async function digestLarge(path: string, before: Stats, shown: string): Promise<Buffer> {
  const file = await open(path, FLAGS).catch((error: unknown) => {
    throw unreadable(error, shown);
  });
  try {
    let size = 0;
    let result: Buffer;
    if (before.size <= MEDIUM) {
      const content = await file.readFile();
      size = content.length;
      result = Buffer.from(await crypto.subtle.digest('SHA-256', content));
    } else {
      const digest = createHash('sha256');
      const buffer = Buffer.allocUnsafe(CHUNK);
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, CHUNK, null);
        if (bytesRead === 0) break;
        digest.update(buffer.subarray(0, bytesRead));
        size += bytesRead;
      }
      result = digest.digest();
    }
    checkSame(before, await file.stat(), size, shown);
    return result;
  } finally {
    await file.close();
  }
}

function checkSame(before: Stats, after: Stats, size: number, shown: string): void {
  if (sameFile(before, after) && size === after.size) return;
  throw changed(shown);
}

/** The same file with the same content, as far as the kernel tells. */
export function sameFile(a: Stats, b: Stats): boolean {
  return a.dev === b.dev && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs && a.ctimeMs === b.ctimeMs;
}

export function changed(shown: string): CopyError {
  return new CopyError('changed', `${shown} changed while the build was reading it`, {
    hint: 'stop what writes to the build context, or exclude the file in .dockerignore, and build again',
  });
}

export function unreadable(error: unknown, shown: string): CopyError {
  const code = codeOf(error);
  // It was there a moment ago.
  if (code === 'ENOENT' || code === 'ELOOP') return changed(shown);
  return new CopyError('not-readable', `cannot read ${shown} of the build context: ${messageOf(error)}`, {
    cause: error,
    hint: 'make it readable, or exclude it in .dockerignore',
  });
}
