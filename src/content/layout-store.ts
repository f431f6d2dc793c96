import { createReadStream, mkdirSync, openSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { codeOf, messageOf } from '../errors.ts';
import { sweepTemporary } from '../files.ts';
import { acquireLock, type Lock, sweepLocks } from '../locks.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, Digester, digestAlgorithm, digestHex, isDigest, sha256 } from '../oci/digest.ts';
import type { MediaType } from '../oci/media-type.ts';
import { ownerAlive, ownerToken } from '../owner.ts';
import { touch, writeBlob } from './blob-file.ts';
import { SMALL, uncheckedBlob, verifiedBlob } from './blob-reader.ts';
import { ContentError } from './content-error.ts';
import { DiskSync } from './disk-sync.ts';
import { openLayout } from './layout-marker.ts';
import { placeFile } from './place-file.ts';
import type { ContentStore, Ingester } from './store.ts';
import { digesterFor, mismatch } from './verified-stream.ts';

/** From this size on a blob begins its way to the disk when it is there, and not only when a name shall lead to it. */
const LARGE = 1024 * 1024;

/**
 * Blobs in an OCI image layout (image-spec, image-layout.md) that other tools can read while we work:
 * `oci-layout`, `index.json` (see {@link Refs}), `blobs/<algorithm>/<hex>`; ours beside them: `ingest/` (what is being
 * written), `trash/` (what gc is about to remove), `locks/`.
 *
 * A blob gets its name by rename, after its digest was checked: nothing half-written is ever visible. Blobs reach the
 * disk (`sync`) before an image's name leads to them, not before: of the others a power cut leaves files that are short,
 * so `has` compares sizes and every read is verified; what a crash took is fetched or made again.
 */
export class LayoutStore implements ContentStore, Ingester {
  readonly folder: string;
  readonly #disk = new DiskSync();
  #counter = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Opens the layout, making it when there is none. Several processes may have it open. */
  static async open(folder: string): Promise<LayoutStore> {
    await openLayout(folder);
    return new LayoutStore(folder);
  }

  /** Where the blob is, or would be. */
  blobPath(blob: Descriptor | Digest): string {
    const digest = typeof blob === 'string' ? blob : blob.digest;
    return join(this.folder, 'blobs', digestAlgorithm(digest), digestHex(digest));
  }

  /** Folder of a lock that belongs to this store. */
  lockPath(name: string): string {
    return join(this.folder, 'locks', name);
  }

  /**
   * Whether the blob is there in full. Also keeps it: gc spares what was asked for since the oldest lease began, so
   * that what a pull or build was told is there stays there.
   */
  async has(descriptor: Descriptor): Promise<boolean> {
    const path = this.blobPath(descriptor);
    try {
      // At once, as everything here that only touches names: by way of Node's threads each call takes twenty times as long.
      if (statSync(path, { throwIfNoEntry: false })?.size !== descriptor.size) return false;
      touch(path);
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      // A store of somebody else, or a read-only one: nothing of ours will remove the blob either.
      if (codeOf(error) === 'EPERM' || codeOf(error) === 'EACCES' || codeOf(error) === 'EROFS') return true;
      throw error;
    }
  }

  async fetch(descriptor: Descriptor): Promise<Readable> {
    const { file, path } = this.#openBlob(descriptor);
    return verifiedBlob(file, path, descriptor, (error) => this.#damaged(path, error));
  }

  async fetchUnchecked(descriptor: Descriptor): Promise<Readable> {
    const { file, path } = this.#openBlob(descriptor);
    return uncheckedBlob(file, path, descriptor);
  }

  async push(descriptor: Descriptor, body: Readable): Promise<void> {
    if (await this.has(descriptor)) {
      body.destroy();
      return;
    }
    const digester = digesterFor(descriptor);
    await this.#write(body, digester, descriptor.size, () => {
      const wrong = mismatch(descriptor, digester, 'received blob');
      if (wrong) throw wrong;
      return descriptor.digest;
    });
  }

  async ingest(mediaType: MediaType, body: Readable): Promise<Descriptor> {
    const digester = new Digester();
    const digest = await this.#write(body, digester, Number.POSITIVE_INFINITY, () => digester.digest());
    return { mediaType, digest, size: digester.size };
  }

  /** Stores bytes that are at hand. */
  async put(mediaType: MediaType, content: Uint8Array | string): Promise<Descriptor> {
    const bytes = Buffer.from(content as Uint8Array);
    if (bytes.byteLength > SMALL) return this.ingest(mediaType, Readable.from([bytes], { objectMode: false }));
    const digest = sha256(bytes);
    const temporary = await this.temporaryFile();
    try {
      writeFileSync(temporary, bytes, { flag: 'wx', mode: 0o644 });
      this.#publish(temporary, digest);
    } catch (error) {
      rmSync(temporary, { force: true });
      throw this.#explained(error);
    }
    return { mediaType, digest, size: bytes.byteLength };
  }

  /**
   * Takes over a file whose content is already known to be the blob: by hard link or shared extents where the file
   * system can, else by copying. The file must not be changed afterwards; with `verify` it is read and checked first.
   */
  async pushFile(descriptor: Descriptor, path: string, options: { verify: boolean }): Promise<void> {
    if (await this.has(descriptor)) return;
    if (options.verify) {
      await this.push(descriptor, createReadStream(path, { highWaterMark: 1 << 20 }));
      return;
    }
    const temporary = await this.temporaryFile();
    try {
      await placeFile(path, temporary, { link: true });
      touch(temporary);
      this.#publish(temporary, descriptor.digest);
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
  }

  /** A name in the store's own file system for something in the making; swept when this process died. */
  async temporaryFile(): Promise<string> {
    const folder = join(this.folder, 'ingest');
    mkdirSync(folder, { recursive: true });
    return join(folder, `${ownerToken()}-${++this.#counter}`);
  }

  /** Only one process (and one caller in it) has the claim of a blob: two pulls of one layer wait for each other instead of both fetching it. */
  claim(digest: Digest, signal?: AbortSignal): Promise<Lock> {
    return acquireLock(this.lockPath(`blob-${digestHex(digest)}`), { mode: 'exclusive', signal, ephemeral: true });
  }

  /**
   * Makes blobs last over a power cut; those that are not there are left out. On the disk already: costs next to nothing
   * (data and sizes only, not times).
   */
  async sync(digests: Iterable<Digest>): Promise<void> {
    await this.#disk.sync([...digests].map((digest) => this.blobPath(digest)));
  }

  /** Removes a blob, used or not: gc decides what. False when it was not there. */
  async delete(digest: Digest): Promise<boolean> {
    try {
      await rm(this.blobPath(digest));
      return true;
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** Every blob, in no order. `usedAt`: when it was written or last asked for, milliseconds since 1970. */
  async *list(): AsyncGenerator<{ digest: Digest; size: number; usedAt: number }> {
    for (const algorithm of await namesIn(join(this.folder, 'blobs'))) {
      for (const hex of await namesIn(join(this.folder, 'blobs', algorithm))) {
        const digest = `${algorithm}:${hex}`;
        if (!isDigest(digest)) continue;
        const found = await stat(this.blobPath(digest)).catch(() => undefined);
        if (found?.isFile()) yield { digest, size: found.size, usedAt: found.mtimeMs };
      }
    }
  }

  /** Removes what dead writers left. */
  async sweep(): Promise<void> {
    await sweepTemporary(this.folder);
    sweepLocks(join(this.folder, 'locks'), (name) => name.startsWith('blob-'));
    const folder = join(this.folder, 'ingest');
    for (const name of await namesIn(folder)) {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      if (found && !ownerAlive(name, found.mtimeMs)) await rm(path, { force: true, recursive: true });
    }
  }

  #openBlob(descriptor: Descriptor): { file: number; path: string } {
    const path = this.blobPath(descriptor);
    // gc moves a blob to the trash and back when it finds that it was asked for meanwhile.
    for (const candidate of [path, this.trashPath(descriptor.digest), path]) {
      try {
        return { file: openSync(candidate, 'r'), path };
      } catch (error) {
        if (codeOf(error) !== 'ENOENT')
          throw new ContentError('blob-missing', `cannot read ${path}: ${messageOf(error)}`, { cause: error });
      }
    }
    throw new ContentError(
      'blob-missing',
      `blob ${descriptor.digest} (${descriptor.mediaType}) is not in the store ${this.folder}`,
    );
  }

  /** Where gc puts a blob before it removes it. */
  trashPath(digest: Digest): string {
    return join(this.folder, 'trash', `${digestAlgorithm(digest)}-${digestHex(digest)}`);
  }

  /** A blob that is not what its name says would be "there" for ever: without it the next pull brings it again. */
  async #damaged(path: string, error: ContentError): Promise<ContentError> {
    await rm(path, { force: true }).catch(() => {});
    return new ContentError(error.code, `${error.message} (the file was damaged, and removed)`, {
      cause: error,
      hint: 'pull, load or build the image again',
    });
  }

  async #write(body: Readable, digester: Digester, max: number, name: () => Digest): Promise<Digest> {
    const temporary = await this.temporaryFile();
    try {
      await writeBlob(temporary, body, digester, max);
      const digest = name();
      this.#publish(temporary, digest);
      if (digester.size >= LARGE) this.#disk.begin(this.blobPath(digest));
      return digest;
    } catch (error) {
      body.destroy();
      await rm(temporary, { force: true });
      throw this.#explained(error);
    }
  }

  #explained(error: unknown): unknown {
    if (codeOf(error) !== 'ENOSPC' && codeOf(error) !== 'EDQUOT') return error;
    return new ContentError('disk-full', `no space left on the disk of ${this.folder}`, {
      cause: error,
      hint: 'free some, for example with: containerize system prune',
    });
  }

  #publish(temporary: string, digest: Digest): void {
    const path = this.blobPath(digest);
    try {
      renameSync(temporary, path);
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      mkdirSync(join(this.folder, 'blobs', digestAlgorithm(digest)), { recursive: true });
      renameSync(temporary, path);
    }
  }
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
