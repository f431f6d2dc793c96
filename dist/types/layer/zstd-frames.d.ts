/**
 * Cuts a zstd stream into its frames, because Node's decompressor stops at the end of the first: parallel compressors
 * (ours too) write many. Only lengths are read: frame header, then 3 bytes before each block. RFC 8878, 3.1.1.
 *
 * Blocks are smaller than the chunks of the source, so nothing is cut at them: `pass` only notes how far the frame goes,
 * and what was passed is handed out chunk by chunk.
 */
export declare function zstdFrames(source: AsyncIterable<Buffer>, where: string): AsyncGenerator<AsyncGenerator<Buffer>>;
