import type { Readable } from 'node:stream';
import type { Compression } from '../oci/media-type.js';
/** How bytes are compressed, by what they begin with; media types have been wrong before. */
export declare function detectCompression(start: Uint8Array): Compression;
export interface Decompressed {
    compression: Compression;
    /** The plain bytes, once. Leaving the loop early destroys the source. */
    bytes: AsyncIterable<Buffer>;
}
/**
 * The plain bytes of a stream that may be compressed. They fail with `bad-compression` where the data is damaged, ends
 * early, or has something else behind it, and with the source's own error when that fails. `onInput` hears how many
 * bytes of the source were taken.
 */
export declare function decompress(source: Readable, where: string, onInput?: (size: number) => void): Promise<Decompressed>;
