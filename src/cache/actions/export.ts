import { createWriteStream } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { placeFile } from '../../content/place-file.ts';
import { readBlob } from '../../content/read-blob.ts';
import type { ContentStore } from '../../content/store.ts';
import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, digestHex } from '../../oci/digest.ts';
import { isIndex, parseManifest } from '../../oci/manifest.ts';
import { CacheError, MAX_RECORDS } from '../bundle.ts';
import { type ActionsEntries, readEntries } from './entries.ts';
import { encodeIndex, type Pack } from './index-file.ts';
import { INDEX_PATH, indexKey, packPath, scopePrefix } from './keys.ts';
import { type PackPlan, planPacks } from './plan-packs.ts';
import type { CacheService } from './protocol.ts';

export interface ActionsExport {
  scope: string;
  /** What is saved: a bundle in `from`. */
  bundle: Descriptor;
  from: ContentStore;
  /** Where a blob lies as a file that is never changed, to be linked instead of copied. */
  fileOf?: (blob: Descriptor) => Promise<string | undefined>;
  /** Layers of the result: they are wanted together. */
  resultLayers: ReadonlySet<Digest>;
  /** What was there before, where it was read already. */
  before?: ActionsEntries | undefined;
  /** Keys of packs that came damaged. */
  damaged?: ReadonlySet<string>;
  now: Date;
  signal: AbortSignal;
}

export interface ActionsSaved {
  /** False: the service has this very bundle. */
  changed: boolean;
  /** What was sent. */
  blobs: number;
  bytes: number;
  /** What all keys of the scope begin with, and the keys that are in use from now on. */
  prefix: string;
  keys: string[];
}

/**
 * `--cache-to type=gha`: packs of blobs that the service lacks, side by side, then an index that names them. Entries are
 * immutable and the index comes last, so whoever reads meanwhile, or a save that is cut off, finds what was there before.
 */
export async function exportActions(service: CacheService, options: ActionsExport): Promise<ActionsSaved> {
  const { bundle, from, signal } = options;
  const prefix = scopePrefix(options.scope);
  const before = options.before ?? (await readEntries(service, prefix).catch(damagedIsNone));
  const manifestBytes = await readBlob(from, bundle);
  const manifest = parseManifest(manifestBytes, bundle.mediaType, 'cache');
  if (isIndex(manifest)) throw new CacheError('not-a-cache', 'expected a bundle of cache records');
  const wanted = await there(from, manifest.layers);
  const plan = await planFor(prefix, wanted, before, options);
  signal.throwIfAborted();
  const keys = [...plan.kept, ...plan.made].map((pack) => pack.key);
  if (before?.index.bundle.digest === bundle.digest && plan.made.length === 0)
    return { changed: false, blobs: 0, bytes: 0, prefix, keys: [before.key, ...keys] };
  await Promise.all(plan.made.map((pack) => savePack(service, pack, options)));
  signal.throwIfAborted();
  const key = indexKey(prefix, options.now, bundle.digest);
  const folder = join(service.folder, INDEX_PATH);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  await writeFile(join(folder, 'index.json'), encodeIndex({ bundle, packs: [...plan.kept, ...plan.made] }));
  await writeFile(join(folder, digestHex(bundle.digest)), manifestBytes);
  const records = await readBlob(from, manifest.config, MAX_RECORDS);
  await writeFile(join(folder, digestHex(manifest.config.digest)), records);
  await save(service, INDEX_PATH, key);
  const sent = plan.made.flatMap((pack) => pack.blobs);
  const bytes = sent.reduce((total, blob) => total + blob.size, manifestBytes.byteLength + records.byteLength);
  return { changed: true, blobs: sent.length, bytes, prefix, keys: [key, ...keys] };
}

/** Packs of before go on only while the service has them. */
async function planFor(
  prefix: string,
  wanted: readonly Descriptor[],
  before: ActionsEntries | undefined,
  { resultLayers, damaged = before?.damaged ?? new Set(), now }: ActionsExport,
): Promise<PackPlan> {
  const groupOf = (blob: Descriptor): string => {
    if (blob.mediaType.includes('.mount.')) return blob.digest;
    return resultLayers.has(blob.digest) ? 'result' : 'stages';
  };
  const packs = before?.index.packs.filter(({ key }) => !damaged.has(key)) ?? [];
  const salt = damaged.size === 0 ? '' : now.toISOString();
  const first = planPacks(prefix, packs, wanted, groupOf, salt);
  const alive = await Promise.all(first.kept.map(({ key }) => before!.hasPack(key)));
  if (!alive.includes(false)) return first;
  const lost = new Set(first.kept.filter((_, i) => !alive[i]).map(({ key }) => key));
  return planPacks(
    prefix,
    packs.filter(({ key }) => !lost.has(key)),
    wanted,
    groupOf,
    salt,
  );
}

async function savePack(service: CacheService, pack: Pack, { from, fileOf, signal }: ActionsExport): Promise<void> {
  const path = packPath(pack.key);
  const folder = join(service.folder, path);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder);
  try {
    for (const blob of pack.blobs) {
      const target = join(folder, digestHex(blob.digest));
      const file = await fileOf?.(blob);
      if (file !== undefined) await placeFile(file, target, { link: true });
      else await pipeline(await from.fetch(blob), createWriteStream(target), { signal });
    }
    await save(service, path, pack.key);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function save(service: CacheService, path: string, key: string): Promise<void> {
  const answer = await service.ask({ op: 'save', path, key });
  if (answer.key !== undefined || answer.exists) return;
  if (answer.denied)
    throw new CacheError('read-only', 'this run may only read caches, as those of pull requests from forks');
  throw new CacheError('not-saved', answer.problem ?? `${key} was not saved`);
}

async function there(from: ContentStore, blobs: readonly Descriptor[]): Promise<Descriptor[]> {
  const has = await Promise.all(blobs.map((blob) => from.has(blob).catch(() => false)));
  return blobs.filter((_, i) => has[i]);
}

function damagedIsNone(error: unknown): undefined {
  if (error instanceof CacheError && error.code === 'not-a-cache') return undefined;
  throw error;
}
