import type { Descriptor } from '../../oci/descriptor.ts';
import type { Digest } from '../../oci/digest.ts';
import type { Pack } from './index-file.ts';
import { packKey } from './keys.ts';

/** Entries that a scope keeps, cache mounts aside: services limit requests, not sizes. */
const MOST_PACKS = 8;
/** A pack is closed when it has so many bytes: what is large moves side by side. */
const FULL = 256 * 1024 * 1024;

export interface PackPlan {
  /** Packs of before that go on. */
  kept: Pack[];
  /** Packs that are to be made. */
  made: Pack[];
}

/**
 * Which entries hold which blobs from now on. A pack of before goes on while at least half of it is of use; what is new is
 * put together by who will want it: layers of the result, layers of other stages, and each cache mount alone.
 */
export function planPacks(
  prefix: string,
  before: readonly Pack[],
  wanted: readonly Descriptor[],
  groupOf: (blob: Descriptor) => string,
  salt = '',
): PackPlan {
  const missing = new Map(wanted.map((blob) => [blob.digest, blob]));
  const useful = before
    .map((pack) => ({ pack, live: size(pack.blobs.filter(({ digest }) => missing.has(digest))) }))
    .filter(({ pack, live }) => live > 0 && live * 2 >= size(pack.blobs))
    .sort((a, b) => b.live - a.live);
  const kept: Pack[] = [];
  for (const { pack } of useful) {
    if (kept.length >= MOST_PACKS || !pack.blobs.some(({ digest }) => missing.has(digest))) continue;
    kept.push(pack);
    for (const { digest } of pack.blobs) missing.delete(digest);
  }
  const groups = new Map<string, Descriptor[][]>();
  for (const blob of missing.values()) {
    const name = groupOf(blob);
    const packs = groups.get(name) ?? [[]];
    groups.set(name, packs);
    if (packs.at(-1)!.length > 0 && size(packs.at(-1)!) + blob.size > FULL) packs.push([]);
    packs.at(-1)!.push(blob);
  }
  const made = [...groups.values()].flat().map((blobs) => ({ key: packKey(prefix, blobs.map(digestOf), salt), blobs }));
  return { kept, made };
}

function size(blobs: readonly Descriptor[]): number {
  return blobs.reduce((total, blob) => total + blob.size, 0);
}

function digestOf({ digest }: Descriptor): Digest {
  return digest;
}
