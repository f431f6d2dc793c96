import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';
import { constants, crc32, deflateRaw, zstdCompress } from 'node:zlib';
import type { Compression } from '../oci/media-type.ts';

/**
 * Compression on all CPUs. The input is cut into pieces of a fixed size, which Node's thread pool compresses side by
 * side; the pieces do not depend on how many CPUs there are, so neither do the bytes.
 *
 * gzip: one member. Each piece is raw deflate that starts from the 32 KiB before it as dictionary (so the ratio does not
 * suffer) and ends at a byte boundary (sync flush); an empty last block, CRC and size follow. RFC 1951, RFC 1952.
 * zstd: one frame a piece, which every decoder reads as one stream. RFC 8878.
 */
const PIECE: Record<'gzip' | 'zstd', number> = { gzip: 512 * 1024, zstd: 4 * 1024 * 1024 };
const WINDOW = 32 * 1024;
const DEFAULT_LEVEL: Record<'gzip' | 'zstd', number> = { gzip: 6, zstd: 3 };
/** No name, no time, unknown system: nothing that differs from run to run. */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);
/** A final block with nothing in it. */
const GZIP_LAST_BLOCK = Buffer.from([0x03, 0x00]);

const deflate = promisify(deflateRaw) as (input: Buffer, options: object) => Promise<Buffer>;
const zstd = promisify(zstdCompress) as (input: Buffer, options: object) => Promise<Buffer>;

/** The bytes of `source`, compressed. `level` is the format's own scale. */
export function compress(
  source: AsyncIterable<Buffer>,
  compression: Compression,
  level?: number,
): AsyncIterable<Buffer> {
  if (compression === 'none') return source;
  return compression === 'gzip'
    ? gzip(source, level ?? DEFAULT_LEVEL.gzip)
    : sideBySide(pieces(source, PIECE.zstd), (piece) => zstdPiece(piece, level ?? DEFAULT_LEVEL.zstd));
}

async function* gzip(source: AsyncIterable<Buffer>, level: number): AsyncGenerator<Buffer> {
  let size = 0;
  let sum = 0;
  let before: Buffer | undefined;
  yield GZIP_HEADER;
  yield* sideBySide(pieces(source, PIECE.gzip), (piece) => {
    sum = crc32(piece, sum);
    size += piece.length;
    const dictionary = before?.subarray(-WINDOW);
    before = piece;
    return deflate(piece, {
      level,
      memLevel: 9,
      finishFlush: constants.Z_SYNC_FLUSH,
      chunkSize: 256 * 1024,
      ...(dictionary === undefined ? {} : { dictionary }),
    });
  });
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(sum, 0);
  trailer.writeUInt32LE(size % 2 ** 32, 4);
  yield Buffer.concat([GZIP_LAST_BLOCK, trailer]);
}

function zstdPiece(piece: Buffer, level: number): Promise<Buffer> {
  return zstd(piece, {
    chunkSize: 1024 * 1024,
    pledgedSrcSize: piece.length,
    params: { [constants.ZSTD_c_compressionLevel]: level, [constants.ZSTD_c_checksumFlag]: 1 },
  });
}

/** `work` on several pieces at once; what it gives comes in the order of the pieces. */
async function* sideBySide(
  source: AsyncIterable<Buffer>,
  work: (piece: Buffer) => Promise<Buffer>,
): AsyncGenerator<Buffer> {
  const ahead = availableParallelism() + 2;
  const running: Promise<Buffer>[] = [];
  try {
    for await (const piece of source) {
      running.push(work(piece));
      // Its failure is heard when its turn comes; until then it must not count as unhandled.
      running.at(-1)!.catch(() => {});
      if (running.length >= ahead) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}

/** The same bytes in pieces of exactly `size`, the last one as it comes. */
async function* pieces(source: AsyncIterable<Buffer>, size: number): AsyncGenerator<Buffer> {
  let piece = Buffer.allocUnsafeSlow(size);
  let used = 0;
  for await (const chunk of source) {
    for (let at = 0; at < chunk.length; ) {
      const step = Math.min(size - used, chunk.length - at);
      chunk.copy(piece, used, at, at + step);
      used += step;
      at += step;
      if (used < size) continue;
      yield piece;
      piece = Buffer.allocUnsafeSlow(size);
      used = 0;
    }
  }
  if (used > 0) yield piece.subarray(0, used);
}
