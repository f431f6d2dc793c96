import { readdir, readFile, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { Tree } from '../layer/tree.ts';
import { sweepLocks } from '../locks.ts';
import { type Digest, digestHex } from '../oci/digest.ts';
import { bootId, ownerAlive, ownerToken } from '../owner.ts';
import type { Helper } from '../runtime/helper.ts';
import type { ChainRecord, Chains } from './chains.ts';
import type { Places } from './places.ts';
import { allPrepared } from './prepared.ts';
import { removeSmall } from './remove-small.ts';

/**
 * Removes unpacked layers that nobody needs, without stopping anybody. Who uses a chain says so first (`u/`) and looks
 * for its record then; here the record is taken away first, and put back when somebody has said so meanwhile. So a user
 * either finds the record and is heard here, or finds none and unpacks again. Folders go last.
 */
export async function collectChains(
  places: Places,
  chains: Chains,
  helper: Helper,
  keep: ReadonlySet<Digest>,
  only?: ReadonlySet<Digest>,
): Promise<{ bytes: number; chains: number }> {
  await sweep(places, chains, helper);
  const all = await chains.all();
  let bytes = 0;
  let count = 0;
  for (const chain of unneeded(all, keep, await used(places))) {
    if (only?.has(chain) === false) continue;
    const record = all.get(chain)!;
    const aside = places.temporary('chain');
    try {
      await rename(places.chain(digestHex(chain)), aside);
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue;
      throw error;
    }
    const wanted = unneeded(all, keep, await used(places)).every((other) => other !== chain);
    if (wanted && (await chains.get(chain)) === undefined) await rename(aside, places.chain(digestHex(chain)));
    else await places.removeTemporary(aside);
    if (wanted) continue;
    // Layers that a build made were never counted.
    bytes += record.bytes || (await new Tree(helper, places.layers).usage(record.name)).bytes;
    count++;
  }
  await sweepLayers(places, chains);
  return { bytes, chains: count };
}

/** Chains that neither `keep` nor a use nor a prepared snapshot stands on; those on top before what is below them. */
function unneeded(
  all: ReadonlyMap<Digest, ChainRecord>,
  keep: ReadonlySet<Digest>,
  uses: ReadonlySet<string>,
): Digest[] {
  const needed = new Set<Digest>();
  for (const chain of all.keys()) {
    if (!keep.has(chain) && !uses.has(digestHex(chain))) continue;
    for (let at: Digest | undefined = chain; at !== undefined && !needed.has(at); at = all.get(at)?.parent)
      needed.add(at);
  }
  const depth = (chain: Digest): number => {
    let count = 0;
    for (let at: Digest | undefined = chain; at !== undefined; at = all.get(at)?.parent) count++;
    return count;
  };
  return [...all.keys()].filter((chain) => !needed.has(chain)).sort((a, b) => depth(b) - depth(a));
}

/** Chains (as hex) that living processes and prepared snapshots use. */
async function used(places: Places): Promise<Set<string>> {
  const hexes = new Set<string>();
  for (const name of await readdir(join(places.root, 'u'))) {
    hexes.add(name.slice(name.lastIndexOf('-') + 1));
    const below = await readFile(join(places.root, 'u', name), 'utf8').catch(() => '');
    for (const digest of below.split('\n')) if (digest !== '') hexes.add(digestHex(digest as Digest));
  }
  for (const info of (await allPrepared(places)).values())
    if (info.parent !== undefined) hexes.add(digestHex(info.parent));
  return hexes;
}

/** Clears what dead processes left: half-made things, uses, snapshots of build steps; and brings what is good to the disk. */
export async function sweep(places: Places, chains: Chains, helper: Helper): Promise<void> {
  for (const folder of ['u', 't']) {
    for (const name of await readdir(join(places.root, folder))) {
      const path = join(places.root, folder, name);
      const seen = await stat(path).catch(() => undefined);
      if (seen === undefined || name.startsWith(`${ownerToken()}-`) || ownerAlive(name, seen.mtimeMs)) continue;
      if (!removeSmall(path)) await new Tree(helper, join(places.root, folder)).remove(name);
    }
  }
  for (const [key, info] of await allPrepared(places)) {
    if (info.owner === undefined) continue;
    const seen = await stat(places.prepared(key)).catch(() => undefined);
    if (seen !== undefined && !ownerAlive(`${info.owner}-`, seen.mtimeMs)) await places.discard(places.prepared(key));
  }
  await sweepLayers(places, chains);
  sweepLocks(join(places.root, 'locks'));
  await settle(places, chains, helper);
}

/** Layer folders without a record, a snapshot that stands on them, or a living process that makes them. */
async function sweepLayers(places: Places, chains: Chains): Promise<void> {
  // Order matters: a mark is removed only after its record is there, so the marks have to be read before the records.
  const names = (await readdir(places.layers)).filter((name) => name.length === 5);
  const marks = (await readdir(join(places.root, 't'))).map((mark) => mark.slice(mark.lastIndexOf('-') + 1));
  const kept = new Set(marks);
  for (const record of (await chains.all()).values()) kept.add(record.name);
  for (const info of (await allPrepared(places)).values()) for (const name of info.names) kept.add(name);
  for (const name of names) if (!kept.has(name)) await places.discard(places.layer(name));
}

/** Layers of this run of the kernel are brought to the disk, and hold over the next start of the machine then. */
async function settle(places: Places, chains: Chains, helper: Helper): Promise<void> {
  const fresh = [...(await chains.all())].filter(([, record]) => !record.synced && record.boot === bootId());
  if (fresh.length === 0) return;
  await new Tree(helper, places.root).sync();
  for (const [chain, record] of fresh) {
    const now = await chains.get(chain);
    if (now?.name === record.name && now.boot === record.boot) await chains.write(chain, { ...now, synced: true });
  }
}
