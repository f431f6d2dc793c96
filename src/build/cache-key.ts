import { createHash } from 'node:crypto';
import type { CacheKey } from '../cache/cache.ts';
import { type Digest, sha256 } from '../oci/digest.ts';
import { chainId } from '../oci/image-config.ts';
import type { StepKey } from './vertex.ts';

/** Changes whenever the same inputs shall no longer give the same key: old records are then never found again. */
const KEY_VERSION = 'containerize-key-1';

export type KeyValue = string | number | boolean | undefined;
/** Name and value of one input. Order counts, names may repeat, an absent value differs from an empty one. */
export type KeyPart = readonly [name: string, value: KeyValue];

/**
 * The key of named parts. Every part is digested as length-prefixed name and length-prefixed value, so that no two
 * different lists of parts give the same bytes: ["ab", "c"] is not ["a", "bc"].
 */
export function cacheKey(kind: string, parts: Iterable<KeyPart>): CacheKey {
  const hash = createHash('sha256');
  const add = (text: string) => {
    const bytes = Buffer.from(text);
    const length = Buffer.allocUnsafe(4);
    length.writeUInt32LE(bytes.byteLength);
    hash.update(length).update(bytes);
  };
  add(KEY_VERSION);
  add(kind);
  for (const [name, value] of parts) {
    add(name);
    // One byte says whether there is a value and of which type: true is not "true".
    add(value === undefined ? 'u' : `${(typeof value)[0]}${value}`);
  }
  return `sha256:${hash.digest('hex')}` as CacheKey;
}

/**
 * A step's key with its explanation. `explain` gives parts that the key holds only as a digest, such as each file of a
 * copied folder; it is called only when the step misses.
 */
export function stepKey(
  kind: string,
  parts: readonly KeyPart[],
  explain?: () => Iterable<readonly [string, string]>,
): StepKey {
  return {
    key: cacheKey(kind, parts),
    inputs: () => {
      const inputs: Record<string, string> = {};
      for (const [name, value] of parts)
        if (value !== undefined) inputs[name] = name in inputs ? `${inputs[name]}\n${value}` : String(value);
      for (const [name, value] of explain?.() ?? []) inputs[name] = value;
      return inputs;
    },
  };
}

/** Identity of an empty root: `FROM scratch`. */
const EMPTY_ROOT = sha256('');

/** Identity of a stack of layers. */
export function stackKey(diffIds: readonly Digest[]): CacheKey {
  return chainId(diffIds) ?? EMPTY_ROOT;
}
