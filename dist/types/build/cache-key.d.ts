import type { CacheKey } from '../cache/cache.js';
import { type Digest } from '../oci/digest.js';
import type { StepKey } from './vertex.js';
export type KeyValue = string | number | boolean | undefined;
/** Name and value of one input. Order counts, names may repeat, an absent value differs from an empty one. */
export type KeyPart = readonly [name: string, value: KeyValue];
/**
 * The key of named parts. Every part is digested as length-prefixed name and length-prefixed value, so that no two
 * different lists of parts give the same bytes: ["ab", "c"] is not ["a", "bc"].
 */
export declare function cacheKey(kind: string, parts: Iterable<KeyPart>): CacheKey;
/**
 * A step's key with its explanation. `explain` gives parts that the key holds only as a digest, such as each file of a
 * copied folder; it is called only when the step misses.
 */
export declare function stepKey(kind: string, parts: readonly KeyPart[], explain?: () => Iterable<readonly [string, string]>): StepKey;
/** Identity of a stack of layers. */
export declare function stackKey(diffIds: readonly Digest[]): CacheKey;
