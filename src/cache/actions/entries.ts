import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { finished, type Readable } from 'node:stream';
import type { Fetcher } from '../../content/store.ts';
import { VerifiedStream } from '../../content/verified-stream.ts';
import { messageOf } from '../../errors.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, digestHex } from '../../oci/digest.ts';
import { CacheError } from '../bundle.ts';
import { type ActionsIndex, type Pack, parseIndex } from './index-file.ts';
import { INDEX_PATH, indexPrefix, packPath } from './keys.ts';
import type { CacheService } from './protocol.ts';

/** Largest index that we read, in bytes. */
const MAX_INDEX = 16 * 1024 * 1024;

/** Longest that a look may take, and that one entry of blobs may, in milliseconds. */
export const LOOK_MS = 20_000;
const RESTORE_MS = 300_000;

/** The newest index that this run may read, and the blobs that it leads to; undefined when there is none. */
export async function readEntries(
  service: CacheService,
  prefix: string,
  lookMs = LOOK_MS,
): Promise<ActionsEntries | undefined> {
  const first = indexPrefix(prefix);
  await rm(join(service.folder, INDEX_PATH), { recursive: true, force: true });
  const { key, problem, denied, damaged } = await service.ask(
    { op: 'restore', path: INDEX_PATH, key: `${first}newest`, prefixes: [first] },
    lookMs,
  );
  if (denied) throw new CacheError('no-such-cache', problem ?? 'this run may not read caches');
  if (problem !== undefined) throw new CacheError(damaged ? 'not-a-cache' : 'no-such-cache', problem);
  if (key === undefined) return undefined;
  try {
    const file = await openFile(join(service.folder, INDEX_PATH, 'index.json'), MAX_INDEX);
    try {
      return new ActionsEntries(service, key, parseIndex(await file.readFile('utf8')));
    } finally {
      await file.close();
    }
  } catch (error) {
    throw new CacheError('not-a-cache', `${key}: it is damaged (${messageOf(error)})`, { cause: error });
  }
}

/** Blobs in entries of GitHub's cache service. An entry is fetched when one of its blobs is wanted. */
export class ActionsEntries implements Fetcher {
  readonly key: string;
  readonly index: ActionsIndex;
  /** Keys of packs that came damaged: what they should hold is to be saved anew. */
  readonly damaged = new Set<string>();
  readonly #service: CacheService;
  readonly #packs = new Map<Digest, Pack>();
  readonly #found = new Map<string, Promise<boolean>>();
  readonly #restored = new Map<string, Promise<void>>();

  constructor(service: CacheService, key: string, index: ActionsIndex) {
    this.#service = service;
    this.key = key;
    this.index = index;
    for (const pack of index.packs) for (const { digest } of pack.blobs) this.#packs.set(digest, pack);
  }

  /** Whether its entry is still there: services drop what was not used for some days. */
  async has({ digest }: Descriptor): Promise<boolean> {
    const pack = this.#packs.get(digest);
    return pack !== undefined && this.hasPack(pack.key);
  }

  hasPack(key: string): Promise<boolean> {
    let found = this.#found.get(key);
    if (found === undefined) {
      found = this.#service.ask({ op: 'find', path: packPath(key), key }, LOOK_MS).then((answer) => {
        if (answer.problem !== undefined) throw new CacheError('no-such-cache', answer.problem);
        return answer.key !== undefined;
      });
      this.#found.set(key, found);
    }
    return found;
  }

  async fetch(descriptor: Descriptor): Promise<Readable> {
    const pack = this.#packs.get(descriptor.digest);
    let folder = INDEX_PATH;
    if (pack !== undefined) {
      let restored = this.#restored.get(pack.key);
      if (restored === undefined) {
        restored = this.#restore(pack.key);
        this.#restored.set(pack.key, restored);
      }
      await restored;
      folder = packPath(pack.key);
    }
    const path = join(this.#service.folder, folder, digestHex(descriptor.digest));
    const file = await openFile(path, descriptor.size);
    const source = file.createReadStream({ highWaterMark: 1 << 19 });
    const verified = new VerifiedStream(descriptor, `${folder} of the cache`, async (error) => {
      if (pack !== undefined) this.damaged.add(pack.key);
      return error;
    });
    source.on('error', (error) => verified.destroy(error));
    finished(verified, () => source.destroy());
    return source.pipe(verified);
  }

  async #restore(key: string): Promise<void> {
    const path = packPath(key);
    const answer = await this.#service.ask({ op: 'restore', path, key, prefixes: [] }, RESTORE_MS);
    if (answer.key !== undefined) return;
    if (answer.damaged) this.damaged.add(key);
    await rm(join(this.#service.folder, path), { recursive: true, force: true }).catch(() => {});
    throw new CacheError('no-such-cache', answer.problem ?? `the cache service has lost ${key}`);
  }
}

/** Another user unpacked it: a link may lead anywhere. */
async function openFile(path: string, most: number) {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  const found = await file.stat();
  if (found.isFile() && found.size <= most) return file;
  await file.close();
  throw new CacheError('not-a-cache', `expected a file of at most ${most} bytes in the entry`);
}
