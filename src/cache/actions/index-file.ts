import { type Descriptor, parseDescriptor } from '../../oci/descriptor.ts';

/** An entry of the service that holds blobs. */
export interface Pack {
  key: string;
  blobs: Descriptor[];
}

/** What a scope has: the bundle (list of records, and of the layers they need), and which entry holds which blob. */
export interface ActionsIndex {
  bundle: Descriptor;
  packs: Pack[];
}

export function encodeIndex({ bundle, packs }: ActionsIndex): string {
  return JSON.stringify({ version: 1, bundle, packs });
}

/** Reads an index that came from outside; throws when it is none. */
export function parseIndex(text: string): ActionsIndex {
  const value = JSON.parse(text) as { version?: unknown; bundle?: unknown; packs?: unknown };
  if (value.version !== 1 || !Array.isArray(value.packs)) throw new TypeError('not an index of a build cache');
  return {
    bundle: parseDescriptor(value.bundle, 'bundle'),
    packs: value.packs.map((pack: { key?: unknown; blobs?: unknown }, i) => {
      if (
        typeof pack?.key !== 'string' ||
        !/^[a-z0-9._-]+-pack-[0-9a-f]{32}$/.test(pack.key) ||
        !Array.isArray(pack.blobs)
      )
        throw new TypeError(`packs[${i}] is not a pack`);
      return {
        key: pack.key,
        blobs: pack.blobs.map((blob, n) => parseDescriptor(blob, `packs[${i}].blobs[${n}]`)),
      };
    }),
  };
}
