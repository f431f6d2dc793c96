import type { Readable } from 'node:stream';
import type { Fetcher, Layer } from '../content/store.js';
import type { Task } from '../progress.js';
import type { Helper } from '../runtime/helper.js';
import { type Root } from './root-records.js';
export interface LayerLimits {
    /** Bytes, of the plain tar. */
    size: number;
    entries: number;
}
export interface UnpackOptions {
    helper: Helper;
    /**
     * `overlay`: an empty folder for this layer alone, what it hides becomes overlayfs's marks. `merge`: a root that has
     * the layers below. `archive`: anything; names that would mark something as deleted are refused.
     */
    mode: 'overlay' | 'merge' | 'archive';
    target: Root;
    /** The folder inside the target that is unpacked into; it must be there. Default the target itself. */
    into?: string;
    /** Unpacked layers below, topmost first, relative to `cwd`: folders that the tar does not name look as they do there. */
    lowers?: {
        cwd: string;
        names: readonly string[];
    };
    /** In a user namespace: marks are `user.overlay.*`, devices are left out. */
    rootless?: boolean;
    /** Only one id is mapped: owners become ours. */
    ignoreOwner?: boolean;
    limits?: Partial<LayerLimits>;
    signal?: AbortSignal;
    progress?: Task;
}
export interface Unpacked {
    entries: number;
    /** Bytes of file content. */
    bytes: number;
    /** Bytes of the plain tar. */
    tarSize: number;
    /** Folders that the tar did not name; without `lowers` they are root's, 0755. */
    madeFolders: number;
    /** Whether the tar names the root itself; else the target's own attributes were left as they are. */
    rootEntry: boolean;
    /** Devices that could not be made in a user namespace. */
    skippedDevices: number;
    skippedXattrs: number;
}
export interface ApplyOptions extends UnpackOptions {
    layer: Layer;
    content: Fetcher;
}
/**
 * Unpacks a layer's blob. The diff ID proves every byte of the tar in it, so the blob's own digest need not be computed
 * once more where the store's bytes are at hand: only to tell a damaged blob from an image that contradicts itself. When it
 * fails, the target holds a part and is to be thrown away.
 */
export declare function applyLayer(options: ApplyOptions): Promise<Unpacked>;
/** Unpacks a tar stream, compressed or not, from anywhere: an archive for ADD or cp, a root file system to import. */
export declare function unpackTar(options: UnpackOptions, source: Readable): Promise<Unpacked & {
    diffId: string;
}>;
