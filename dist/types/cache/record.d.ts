import type { CacheKey, CacheRecord } from './cache.js';
/** Reads a record that was stored with its key; undefined when it is damaged, of another key, or of a version that we do not know. */
export declare function parseRecord(text: string, key: CacheKey): CacheRecord | undefined;
/** Checks a record that came from outside; throws when it is none. */
export declare function recordFrom(value: object): CacheRecord;
