import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { sweepTemporary, writeFileAtomic } from '../files.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { type Digest, digestHex, isDigest } from '../oci/digest.ts';
import type { Cache, CacheKey, CacheRecord } from './cache.ts';
import { parseRecord } from './record.ts';

/** One record, as df and prune see it. */
export interface LocalEntry {
  key: CacheKey;
  record: CacheRecord;
  /** When it was put or last found, milliseconds since 1970. */
  usedAt: number;
}

export interface CacheLimits {
  /** Records go, least recently used first, until the layers of the rest are not more than this. */
  maxBytes?: number | undefined;
  /** Records that were not used since go. Milliseconds since 1970. */
  unusedSince?: number | undefined;
  /** Only records that this says yes to are candidates. */
  only?: ((entry: LocalEntry) => boolean) | undefined;
}

/**
 * Build cache on disk: `<folder>/<first 2 digits>/<key>.json`, one record a file; its mtime is the time of last use.
 * Records hold descriptors only, the layers are in the content store, which keeps them as long as a record names them.
 */
export class LocalCache implements Cache {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  async get(key: CacheKey): Promise<CacheRecord | undefined> {
    const path = this.#path(key);
    const record = await this.#read(path, key);
    if (record === undefined) return undefined;
    const now = new Date();
    // The time of use is a help for prune only: a read-only cache serves as well.
    await utimes(path, now, now).catch(() => {});
    return record;
  }

  async put(key: CacheKey, record: CacheRecord): Promise<void> {
    const path = this.#path(key);
    const text = JSON.stringify({ key, ...record });
    try {
      await writeFileAtomic(path, text, { fsync: false });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      await mkdir(join(this.folder, digestHex(key).slice(0, 2)), { recursive: true });
      await writeFileAtomic(path, text, { fsync: false });
    }
  }

  async remove(key: CacheKey): Promise<void> {
    await rm(this.#path(key), { force: true });
  }

  /** Every record, in no order. */
  async *entries(): AsyncGenerator<LocalEntry> {
    for (const shard of await namesIn(this.folder)) {
      if (!/^[0-9a-f]{2}$/.test(shard)) continue;
      for (const name of await namesIn(join(this.folder, shard))) {
        const key = `sha256:${name.replace(/\.json$/, '')}`;
        if (!isDigest(key)) continue;
        const path = this.#path(key);
        const record = await this.#read(path, key);
        const found = record && (await stat(path).catch(() => undefined));
        if (record && found) yield { key, record, usedAt: found.mtimeMs };
      }
    }
  }

  /** What gc must leave: the layers that records name. */
  async *roots(): AsyncGenerator<Descriptor> {
    for await (const { record } of this.entries()) yield* record.layers;
  }

  /** Removes records that are beyond the limits; without limits all. Tells which; their blobs are gc's. */
  async prune(limits: CacheLimits = {}): Promise<LocalEntry[]> {
    for (const shard of await namesIn(this.folder)) await sweepTemporary(join(this.folder, shard));
    const entries: LocalEntry[] = [];
    for await (const entry of this.entries()) entries.push(entry);
    entries.sort((a, b) => b.usedAt - a.usedAt);
    const removed: LocalEntry[] = [];
    const kept = new Set<Digest>();
    let bytes = 0;
    for (const entry of entries) {
      const candidate = limits.only?.(entry) ?? true;
      const fresh = entry.record.layers.filter((layer) => !kept.has(layer.digest));
      const cost = fresh.reduce((sum, layer) => sum + layer.size, 0);
      const old = limits.unusedSince !== undefined && entry.usedAt < limits.unusedSince;
      const tooMuch = limits.maxBytes !== undefined && bytes + cost > limits.maxBytes;
      const unlimited = limits.maxBytes === undefined && limits.unusedSince === undefined;
      if (candidate && (old || tooMuch || unlimited)) {
        await this.remove(entry.key);
        removed.push(entry);
        continue;
      }
      for (const layer of fresh) kept.add(layer.digest);
      bytes += cost;
    }
    return removed;
  }

  async #read(path: string, key: CacheKey): Promise<CacheRecord | undefined> {
    let text: string;
    try {
      text = await readFile(path, 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
    const record = parseRecord(text, key);
    // Cut short by a power cut, or of another version: a miss, and nobody needs to read it again.
    if (record === undefined) await rm(path, { force: true }).catch(() => {});
    return record;
  }

  #path(key: CacheKey): string {
    const hex = digestHex(key);
    return join(this.folder, hex.slice(0, 2), `${hex}.json`);
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
