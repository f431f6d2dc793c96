import { type Readable } from 'node:stream';
import type { Fetcher } from '../../content/store.js';
import type { Descriptor } from '../../oci/descriptor.js';
import { type ActionsIndex } from './index-file.js';
import type { CacheService } from './protocol.js';
/** Longest that a look may take, and that one entry of blobs may, in milliseconds. */
export declare const LOOK_MS = 20000;
/** The newest index that this run may read, and the blobs that it leads to; undefined when there is none. */
export declare function readEntries(service: CacheService, prefix: string, lookMs?: number): Promise<ActionsEntries | undefined>;
/** Blobs in entries of GitHub's cache service. An entry is fetched when one of its blobs is wanted. */
export declare class ActionsEntries implements Fetcher {
    #private;
    readonly key: string;
    readonly index: ActionsIndex;
    /** Keys of packs that came damaged: what they should hold is to be saved anew. */
    readonly damaged: Set<string>;
    constructor(service: CacheService, key: string, index: ActionsIndex);
    /** Whether its entry is still there: services drop what was not used for some days. */
    has({ digest }: Descriptor): Promise<boolean>;
    hasPack(key: string): Promise<boolean>;
    fetch(descriptor: Descriptor): Promise<Readable>;
}
