import { type Digest, digestHex, sha256 } from '../../oci/digest.ts';

/** Of the layout of entries: what another version wrote is not looked at. */
const LAYOUT = 1;

/** The folder that an index is in, in its entry. Part of the entry's identity: never change it. */
export const INDEX_PATH = 'containerize-index';

/**
 * What all keys of a scope begin with. The hash keeps scopes apart of which one begins with the other's name; lower case,
 * because old services make keys so.
 */
export function scopePrefix(scope: string): string {
  const readable = scope
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 100);
  return `containerize-${LAYOUT}-${readable || 'build'}-${digestHex(sha256(scope)).slice(0, 10)}-`;
}

/** Entries never change: each list of records has a key of its own, and the newest counts. */
export function indexKey(prefix: string, time: Date, bundle: Digest): string {
  const stamp = time.toISOString().replace(/\D/g, '').slice(0, 17);
  return `${indexPrefix(prefix)}${stamp}-${digestHex(bundle).slice(0, 12)}`;
}

export function indexPrefix(prefix: string): string {
  return `${prefix}index-`;
}

/** The same blobs are the same entry; `salt` makes it another one where that one is damaged. */
export function packKey(prefix: string, blobs: Iterable<Digest>, salt = ''): string {
  return `${prefix}pack-${digestHex(sha256([salt, ...[...blobs].sort()].join('\n'))).slice(0, 32)}`;
}

/** The folder that a pack is in, the same in every run. */
export function packPath(key: string): string {
  return `containerize-${key.slice(key.lastIndexOf('pack-'))}`;
}
