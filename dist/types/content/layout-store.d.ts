import { Readable } from 'node:stream';
import { type Lock } from '../locks.js';
import type { Descriptor } from '../oci/descriptor.js';
import { type Digest } from '../oci/digest.js';
import type { MediaType } from '../oci/media-type.js';
import type { ContentStore, Ingester } from './store.js';
/**
 * Blobs in an OCI image layout (image-spec, image-layout.md) that other tools can read while we work:
 * `oci-layout`, `index.json` (see {@link Refs}), `blobs/<algorithm>/<hex>`; ours beside them: `ingest/` (what is being
 * written), `trash/` (what gc is about to remove), `locks/`.
 *
 * A blob gets its name by rename, after its digest was checked: nothing half-written is ever visible. Blobs reach the
 * disk (`sync`) before an image's name leads to them, not before: of the others a power cut leaves files that are short,
 * so `has` compares sizes and every read is verified; what a crash took is fetched or made again.
 */
export declare class LayoutStore implements ContentStore, Ingester {
    #private;
    readonly folder: string;
    private constructor();
    /** Opens the layout, making it when there is none. Several processes may have it open. */
    static open(folder: string): Promise<LayoutStore>;
    /** Where the blob is, or would be. */
    blobPath(blob: Descriptor | Digest): string;
    /** Folder of a lock that belongs to this store. */
    lockPath(name: string): string;
    /**
     * Whether the blob is there in full. Also keeps it: gc spares what was asked for since the oldest lease began, so
     * that what a pull or build was told is there stays there.
     */
    has(descriptor: Descriptor): Promise<boolean>;
    fetch(descriptor: Descriptor): Promise<Readable>;
    fetchUnchecked(descriptor: Descriptor): Promise<Readable>;
    push(descriptor: Descriptor, body: Readable): Promise<void>;
    ingest(mediaType: MediaType, body: Readable): Promise<Descriptor>;
    /** Stores bytes that are at hand. */
    put(mediaType: MediaType, content: Uint8Array | string): Promise<Descriptor>;
    /**
     * Takes over a file whose content is already known to be the blob: by hard link or shared extents where the file
     * system can, else by copying. The file must not be changed afterwards; with `verify` it is read and checked first.
     */
    pushFile(descriptor: Descriptor, path: string, options: {
        verify: boolean;
    }): Promise<void>;
    /** A name in the store's own file system for something in the making; swept when this process died. */
    temporaryFile(): Promise<string>;
    /** Only one process (and one caller in it) has the claim of a blob: two pulls of one layer wait for each other instead of both fetching it. */
    claim(digest: Digest, signal?: AbortSignal): Promise<Lock>;
    /**
     * Makes blobs last over a power cut; those that are not there are left out. On the disk already: costs next to nothing
     * (data and sizes only, not times).
     */
    sync(digests: Iterable<Digest>): Promise<void>;
    /** Removes a blob, used or not: gc decides what. False when it was not there. */
    delete(digest: Digest): Promise<boolean>;
    /** Every blob, in no order. `usedAt`: when it was written or last asked for, milliseconds since 1970. */
    list(): AsyncGenerator<{
        digest: Digest;
        size: number;
        usedAt: number;
    }>;
    /** Removes what dead writers left. */
    sweep(): Promise<void>;
    /** Where gc puts a blob before it removes it. */
    trashPath(digest: Digest): string;
}
