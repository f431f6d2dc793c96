import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf } from '../../errors.ts';
import { readTextIfThere, writeFileAtomic } from '../../files.ts';
import { type Digest, Digester, digestAlgorithm } from '../../oci/digest.ts';
import { BatchWriter, type Growing } from './batch-writer.ts';
import { ApiError } from './error.ts';
import type { Storage } from './storage.ts';

/** How long an upload may lie unfinished before its bytes are swept. */
const EXPIRES_MS = 24 * 3600 * 1000;
/** How long a question for the size waits for bytes that are still coming. */
const SETTLE_MS = 2_000;

/** One blob on its way in. It lives on disk, so a client may go on after the server was restarted. */
interface Upload extends Growing {
  id: string;
  repository: string;
  folder: string;
  data: string;
  size: number;
  /** The digest of the first `size` bytes; undefined until they were read again after a restart. */
  digester: Digester | undefined;
  /** The request that is sending now. */
  current: { body: Readable; done: Promise<unknown> } | undefined;
  used: number;
}

/** Upload sessions: start, append, status, finish, cancel, expire. */
export class Uploads {
  readonly #storage: Storage;
  readonly #open = new Map<string, Upload>();

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  async start(repository: string): Promise<string> {
    const id = randomUUID();
    const folder = join(this.#storage.folder, 'uploads', id);
    await mkdir(folder);
    try {
      await writeFileAtomic(join(folder, 'repository'), repository, { fsync: false });
      await (await open(join(folder, 'data'), 'a')).close();
    } catch (error) {
      // A full disk: half a session helps nobody.
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    const upload: Upload = {
      id,
      repository,
      folder,
      data: join(folder, 'data'),
      size: 0,
      digester: new Digester(),
      current: undefined,
      used: Date.now(),
    };
    this.#open.set(id, upload);
    return id;
  }

  /**
   * Bytes received so far. Who asks has lost a connection: what it sent may still be on its way through ours, so that is
   * waited for, but not long, because a dead connection can look alive.
   */
  async size(repository: string, id: string): Promise<number> {
    const upload = await this.#find(repository, id);
    const settled = upload.current?.done.catch(() => {});
    if (settled !== undefined) await Promise.race([settled, sleep(SETTLE_MS, undefined, { ref: false })]);
    return upload.size;
  }

  /**
   * Adds `body` at the end. `offset`, when given, must be the end. What came before a broken connection stays and counts.
   * A newer request for the same session wins: the older one is a connection that the client has given up.
   */
  async append(
    repository: string,
    id: string,
    body: Readable,
    offset: number | undefined,
    length: number | undefined,
  ): Promise<number> {
    const upload = await this.#find(repository, id);
    const previous = upload.current;
    if (previous !== undefined) {
      previous.body.destroy();
      await previous.done.catch(() => {});
    }
    if (offset !== undefined && offset !== upload.size)
      throw rangeError(`expected the chunk to start at ${upload.size}, found ${offset}`, upload.size);
    const before = upload.size;
    const done = this.#receive(upload, body);
    upload.current = { body, done };
    try {
      await done;
    } finally {
      if (upload.current.done === done) upload.current = undefined;
    }
    if (length !== undefined && upload.size - before !== length)
      throw new ApiError('SIZE_INVALID', `expected ${length} bytes, received ${upload.size - before}`);
    return upload.size;
  }

  /** Verifies what was received against `digest` and makes it a blob of the repository. */
  async finish(repository: string, id: string, digest: Digest): Promise<void> {
    const upload = await this.#find(repository, id);
    try {
      const got =
        digestAlgorithm(digest) === 'sha256'
          ? upload.digester!.digest()
          : (await digestFile(upload.data, 'sha512')).digest();
      if (got !== digest)
        throw new ApiError('DIGEST_INVALID', `expected ${digest}, but the ${upload.size} bytes received are ${got}`);
      if (this.#storage.durable) await syncFile(upload.data);
      await this.#storage.adopt(repository, digest, upload.data);
    } finally {
      await this.#remove(upload);
    }
  }

  async cancel(repository: string, id: string): Promise<void> {
    await this.#remove(await this.#find(repository, id));
  }

  /** Sweeps sessions that nobody has used for a day. */
  async expire(now = Date.now()): Promise<number> {
    let swept = 0;
    const root = join(this.#storage.folder, 'uploads');
    for (const id of await readdir(root)) {
      const folder = join(root, id);
      const known = this.#open.get(id);
      if (known?.current !== undefined) continue;
      const used = known?.used ?? (await lastUse(folder));
      if (now - used < EXPIRES_MS) continue;
      this.#open.delete(id);
      await rm(folder, { recursive: true, force: true });
      swept++;
    }
    return swept;
  }

  async #receive(upload: Upload, body: Readable): Promise<void> {
    const file = await open(upload.data, 'r+');
    try {
      await new BatchWriter(file, upload).drain(body);
    } catch (error) {
      if (codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT') {
        await this.#remove(upload);
        throw new ApiError('UNKNOWN', 'the registry has no space left', { status: 507 });
      }
      throw error;
    } finally {
      // After a failed write memory and disk differ: forget the session, so that its next use reads the file again.
      if (upload.digester?.size !== upload.size) this.#open.delete(upload.id);
      upload.used = Date.now();
      await file.close();
    }
  }

  async #find(repository: string, id: string): Promise<Upload> {
    const unknown = (): ApiError => new ApiError('BLOB_UPLOAD_UNKNOWN', `no upload ${id} in ${repository}`);
    if (!/^[0-9a-f-]{36}$/.test(id)) throw unknown();
    let upload = this.#open.get(id);
    if (upload === undefined) {
      const folder = join(this.#storage.folder, 'uploads', id);
      const owner = await readTextIfThere(join(folder, 'repository'));
      if (owner === undefined) throw unknown();
      const digester = await digestFile(join(folder, 'data'), 'sha256');
      // Two requests may have come at once: the first to get here made the session.
      upload = this.#open.get(id) ?? {
        id,
        repository: owner,
        folder,
        data: join(folder, 'data'),
        size: digester.size,
        digester,
        current: undefined,
        used: Date.now(),
      };
      this.#open.set(id, upload);
    }
    if (upload.repository !== repository) throw unknown();
    return upload;
  }

  async #remove(upload: Upload): Promise<void> {
    this.#open.delete(upload.id);
    await rm(upload.folder, { recursive: true, force: true });
  }
}

/** 416 with what the server has, so that the client can go on from there. */
function rangeError(message: string, size: number): ApiError {
  return new ApiError('RANGE_INVALID', message, { headers: { range: `0-${Math.max(0, size - 1)}` } });
}

async function digestFile(path: string, algorithm: 'sha256' | 'sha512'): Promise<Digester> {
  const digester = new Digester(algorithm);
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) digester.update(chunk as Buffer);
  return digester;
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

async function lastUse(folder: string): Promise<number> {
  try {
    return (await stat(join(folder, 'data'))).mtimeMs;
  } catch {
    return 0;
  }
}
