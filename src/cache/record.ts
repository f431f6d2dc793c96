import { isStringMap, parseDescriptor } from '../oci/descriptor.ts';
import { parseImageConfig } from '../oci/image-config.ts';
import type { CacheKey, CacheRecord } from './cache.ts';

/** Reads a record that was stored with its key; undefined when it is damaged, of another key, or of a version that we do not know. */
export function parseRecord(text: string, key: CacheKey): CacheRecord | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'key' in value && value.key === key
      ? recordFrom(value)
      : undefined;
  } catch {
    return undefined;
  }
}

/** Checks a record that came from outside; throws when it is none. */
export function recordFrom(value: object): CacheRecord {
  const v = value as Record<string, unknown>;
  if (!Array.isArray(v.layers) || typeof v.created !== 'string' || !isStringMap(v.inputs))
    throw new TypeError('not a cache record');
  return {
    config: parseImageConfig(Buffer.from(JSON.stringify(v.config)), 'cache record'),
    layers: v.layers.map((layer, i) => parseDescriptor(layer, `cache record: layers[${i}]`)),
    created: v.created,
    inputs: v.inputs,
  };
}
