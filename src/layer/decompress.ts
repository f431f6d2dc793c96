import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { codeOf, messageOf } from '../errors.ts';
import type { Compression } from '../oci/media-type.ts';
import { LayerError } from './layer-error.ts';
import { zstdFrames } from './zstd-frames.ts';

/** Bytes of plain tar that the decompressor hands out at once: large, so that few steps happen on our thread. */
const CHUNK = 512 * 1024;
/** Bytes that the decompressor may be ahead of who reads, so that both work at the same time. */
const AHEAD = 2 * 1024 * 1024;
const OPTIONS = { chunkSize: CHUNK, readableHighWaterMark: AHEAD, writableHighWaterMark: AHEAD };

/** How bytes are compressed, by what they begin with; media types have been wrong before. */
export function detectCompression(start: Uint8Array): Compression {
  if (start[0] === 0x1f && start[1] === 0x8b) return 'gzip';
  const magic = start.length < 4 ? 0 : new DataView(start.buffer, start.byteOffset).getUint32(0, true);
  // RFC 8878: a frame, or a skippable frame.
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) >>> 0 === 0x184d2a50 ? 'zstd' : 'none';
}

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
export async function decompress(
  source: Readable,
  where: string,
  onInput: (size: number) => void = () => {},
): Promise<Decompressed> {
  const start = await readStart(source);
  const compression = detectCompression(start);
  if (start.length > 0) source.unshift(start);
  return { compression, bytes: decoded(source, compression, where, onInput) };
}

async function* decoded(
  source: Readable,
  compression: Compression,
  where: string,
  onInput: (size: number) => void,
): AsyncGenerator<Buffer> {
  const input = counted(source, onInput);
  try {
    if (compression === 'none') yield* input;
    else if (compression === 'gzip') yield* through(createGunzip(OPTIONS), input);
    else for await (const frame of zstdFrames(input, where)) yield* through(createZstdDecompress(OPTIONS), frame);
  } catch (error) {
    throw isDecoderError(error)
      ? new LayerError('bad-compression', `${where}: damaged ${compression} data: ${messageOf(error)}`, {
          cause: error,
        })
      : error;
  } finally {
    source.destroy();
  }
}

async function* counted(source: Readable, onInput: (size: number) => void): AsyncGenerator<Buffer> {
  for await (const chunk of source) {
    onInput((chunk as Buffer).length);
    yield chunk as Buffer;
  }
}

/** What a decoder makes of its input. A failure of the input comes out as it is. */
async function* through(decoder: Transform, input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  // `pipeline` destroys the decoder with the input's error, which the loop below throws then.
  const feeding = pipeline(input, decoder, { end: true }).catch(() => {});
  try {
    for await (const chunk of decoder) yield chunk as Buffer;
  } finally {
    decoder.destroy();
    await feeding;
  }
}

function isDecoderError(error: unknown): boolean {
  return /^(Z_|ZSTD_|ERR_ZLIB)/.test(codeOf(error) ?? '');
}

/** The first bytes, enough to tell the compression; fewer only when there are no more. */
async function readStart(source: Readable): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  while (size < 4) {
    const chunk = source.read() as Buffer | null;
    if (chunk !== null) {
      parts.push(chunk);
      size += chunk.length;
      continue;
    }
    if (source.readableEnded || !(await moreToRead(source))) break;
  }
  return parts.length === 1 ? parts[0]! : Buffer.concat(parts);
}

function moreToRead(source: Readable): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const settle = (done: () => void): void => {
      source.off('readable', readable);
      source.off('end', end);
      source.off('error', failed);
      source.off('close', end);
      done();
    };
    const readable = (): void => settle(() => resolve(true));
    const end = (): void => settle(() => resolve(false));
    const failed = (error: unknown): void => settle(() => reject(error));
    source.on('readable', readable);
    source.on('end', end);
    source.on('error', failed);
    source.on('close', end);
  });
}
