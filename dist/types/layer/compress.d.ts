import type { Compression } from '../oci/media-type.js';
/** The bytes of `source`, compressed. `level` is the format's own scale. */
export declare function compress(source: AsyncIterable<Buffer>, compression: Compression, level?: number): AsyncIterable<Buffer>;
