import { type Digest } from '../../oci/digest.js';
/** The folder that an index is in, in its entry. Part of the entry's identity: never change it. */
export declare const INDEX_PATH = "containerize-index";
/**
 * What all keys of a scope begin with. The hash keeps scopes apart of which one begins with the other's name; lower case,
 * because old services make keys so.
 */
export declare function scopePrefix(scope: string): string;
/** Entries never change: each list of records has a key of its own, and the newest counts. */
export declare function indexKey(prefix: string, time: Date, bundle: Digest): string;
export declare function indexPrefix(prefix: string): string;
/** The same blobs are the same entry; `salt` makes it another one where that one is damaged. */
export declare function packKey(prefix: string, blobs: Iterable<Digest>, salt?: string): string;
/** The folder that a pack is in, the same in every run. */
export declare function packPath(key: string): string;
