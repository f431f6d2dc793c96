import { writeFileSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readTextIfThere, writeFileAtomic } from '../files.ts';
import { type Digest, digestHex, parseDigest } from '../oci/digest.ts';
import { bootId, ownerToken } from '../owner.ts';
import type { Places } from './places.ts';
import { SnapshotError } from './snapshot-error.ts';

/** overlayfs's OVL_MAX_STACK. */
const MAX_LAYERS = 500;

/** One unpacked layer on top of its chain. */
export interface ChainRecord {
  /** Folder below `l`. */
  name: string;
  parent?: Digest;
  diffId: Digest;
  /** Bytes of its files. */
  bytes: number;
  /**
   * Run of the kernel in which it was written. After another start of the machine nobody knows what of it reached the
   * disk, unless it was `synced` meanwhile: then it is unpacked again, which costs less than waiting for the disk each time.
   */
  boot: string;
  synced: boolean;
}

/** Which chain IDs are unpacked, and where: files that appear and disappear whole, safe under any number of processes. */
export class Chains {
  readonly #places: Places;
  readonly #used = new Map<string, { written: Promise<void>; withBelow: boolean }>();

  constructor(places: Places) {
    this.#places = places;
  }

  async get(chain: Digest): Promise<ChainRecord | undefined> {
    const text = await readTextIfThere(this.#places.chain(digestHex(chain)));
    if (text === undefined) return undefined;
    try {
      return JSON.parse(text) as ChainRecord;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined; // torn by a power cut
      throw error;
    }
  }

  /** The record when what it names can be relied on. */
  async trusted(chain: Digest): Promise<ChainRecord | undefined> {
    const record = await this.get(chain);
    return record !== undefined && (record.synced || record.boot === bootId()) ? record : undefined;
  }

  /** Publishes a record. What was there under this chain stays on the disk until nothing uses it. */
  async put(chain: Digest, record: Omit<ChainRecord, 'boot' | 'synced'>): Promise<void> {
    await this.write(chain, { ...record, boot: bootId(), synced: false });
  }

  async write(chain: Digest, record: ChainRecord): Promise<void> {
    await writeFileAtomic(this.#places.chain(digestHex(chain)), JSON.stringify(record), { fsync: false });
  }

  async remove(chain: Digest): Promise<void> {
    await rm(this.#places.chain(digestHex(chain)), { force: true });
  }

  /** Every chain that has a record. */
  async all(): Promise<Map<Digest, ChainRecord>> {
    const found = new Map<Digest, ChainRecord>();
    for (const hex of await readdir(join(this.#places.root, 'c'))) {
      if (!/^[0-9a-f]{64,128}$/.test(hex)) continue;
      const chain = parseDigest(`${hex.length === 64 ? 'sha256' : 'sha512'}:${hex}`);
      const record = await this.get(chain);
      if (record !== undefined) found.set(chain, record);
    }
    return found;
  }

  /** Folder names of a chain's layers, topmost first. */
  async names(chain: Digest | undefined): Promise<string[]> {
    const names: string[] = [];
    for (let at = chain; at !== undefined; ) {
      const record = await this.get(at);
      if (record === undefined) {
        throw new SnapshotError('not-unpacked', `the layers of chain ${chain} are not unpacked`, {
          hint: 'they may have been pruned at this very moment; try again',
        });
      }
      names.push(record.name);
      if (names.length > MAX_LAYERS) {
        throw new SnapshotError('too-many-layers', `more than ${MAX_LAYERS} layers cannot be mounted over each other`, {
          hint: 'join some steps of the Dockerfile, or start a new stage with COPY --from',
        });
      }
      at = record.parent;
    }
    return names;
  }

  /**
   * Says that this process uses a chain, so that nobody collects it. To be called before the chain is looked for.
   * `below` names those that it will stand on, when it is not there yet.
   */
  use(chain: Digest, below: readonly Digest[] = []): Promise<void> {
    const hex = digestHex(chain);
    const known = this.#used.get(hex);
    if (known !== undefined && (below.length === 0 || known.withBelow)) return known.written;
    const mark = join(this.#places.root, 'u', `${ownerToken()}-${hex}`);
    const written = (async () => writeFileSync(mark, below.join('\n')))();
    this.#used.set(hex, { written, withBelow: below.length > 0 });
    return written;
  }

  /** The opposite of {@link use}, for processes that live long. */
  async release(chain: Digest): Promise<void> {
    const hex = digestHex(chain);
    this.#used.delete(hex);
    await rm(join(this.#places.root, 'u', `${ownerToken()}-${hex}`), { force: true });
  }
}
