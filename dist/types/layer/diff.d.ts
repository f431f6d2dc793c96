import { Readable } from 'node:stream';
import type { Ingester, Layer } from '../content/store.js';
import { type Compression } from '../oci/media-type.js';
import type { Task } from '../progress.js';
import type { Helper } from '../runtime/helper.js';
import type { OverlayMount } from '../runtime/overlay.js';
import { type Root } from './root-records.js';
/** What goes into an archive, and how. */
export interface PackOptions {
    helper: Helper;
    /** No time is later than this: seconds since 1970. */
    mtimeClamp?: number;
    /** Keeps nanoseconds; otherwise times are whole seconds, as in other tools' layers. */
    exactTimes?: boolean;
    /** Paths that are left out, with all they hold: mount points. */
    exclude?: readonly string[];
    /** Only these paths, with all they hold, and the folders on the way. */
    include?: readonly string[];
    /** In a user namespace: marks are `user.overlay.*`, capabilities are written in the form that holds everywhere. */
    rootless?: boolean;
    signal?: AbortSignal;
    progress?: Task;
}
export interface DiffOptions extends PackOptions {
    /**
     * What changed: a prepared snapshot's mount. Folders that were only copied up are no change then; with an upper
     * folder alone they cannot be told from those that were.
     */
    upper: OverlayMount | string;
    store: Ingester;
    compression: Compression;
    /** On the format's own scale; default 6 for gzip, 3 for zstd. */
    level?: number;
    mediaFamily?: 'oci' | 'docker';
}
/** A layer that was packed. */
export interface PackedLayer extends Layer {
    /** True when nothing changed: the blob is an archive without entries. */
    empty: boolean;
    entries: number;
    /** Bytes of the plain tar. */
    tarSize: number;
}
/**
 * Packs what changed as a layer, into the store. Tar, compression, digest and diff ID in one pass; the same files give
 * the same bytes.
 */
export declare function diffLayer(options: DiffOptions): Promise<PackedLayer>;
export interface PackRootOptions extends PackOptions {
    root: Root;
    /** Packs one file or folder, under `name` instead of its own; an empty name packs what is in the folder. */
    subtree?: {
        path: string;
        name: string;
        follow?: boolean;
    };
    /** An entry for the root itself comes first. */
    rootEntry?: boolean;
}
/** A whole root file system, or a part of it, as a plain tar: export, cp. The stream fails where packing fails. */
export declare function packRoot(options: PackRootOptions): Readable;
