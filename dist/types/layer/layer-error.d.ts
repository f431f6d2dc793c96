import { ContainerizeError } from '../errors.js';
export type LayerErrorCode = 'bad-layer' | 'bad-compression' | 'diff-id-mismatch' | 'layer-too-large' | 'disk-full' | 'owner-not-mapped' | 'tree-failed';
/** What went wrong with a layer, or inside a root filesystem. */
export declare class LayerError extends ContainerizeError<LayerErrorCode> {
    /** `ENOENT`, … when a system call failed inside a root. */
    readonly errnoName: string | undefined;
    constructor(code: LayerErrorCode, message: string, details?: {
        cause?: unknown;
        hint?: string;
        errnoName?: string | undefined;
    });
}
/** The layer's own error behind what the helper said, or what it said. `doing` is such as `unpack sha256:…`. */
export declare function layerError(error: unknown, doing: string): unknown;
