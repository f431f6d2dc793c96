import { Transform } from 'node:stream';
import { ContainerizeError } from '../errors.js';
/**
 * A content identifier `sha256:<64 hex>` or `sha512:<128 hex>`; made only by {@link parseDigest}, {@link sha256} and
 * {@link Digester}. OCI image-spec, descriptor.md § Digests.
 */
export type Digest = string & {
    readonly __digest: unique symbol;
};
export declare class DigestError extends ContainerizeError<'invalid-digest'> {
}
export declare function isDigest(text: string): text is Digest;
export declare function parseDigest(text: string): Digest;
export declare function sha256(content: string | Uint8Array): Digest;
/** `sha256` of `sha256:<hex>`. */
export declare function digestAlgorithm(digest: Digest): string;
/** `<hex>` of `sha256:<hex>`. */
export declare function digestHex(digest: Digest): string;
/** Counts and digests bytes as they pass; use `update` by hand, or put {@link Digester.stream} into a pipeline. */
export declare class Digester {
    #private;
    constructor(algorithm?: 'sha256' | 'sha512');
    update(chunk: Uint8Array | string): void;
    /** Bytes seen so far. */
    get size(): number;
    /** The digest of everything seen; no update may follow. */
    digest(): Digest;
    /** A pass-through stream that feeds this digester. */
    stream(): Transform;
}
