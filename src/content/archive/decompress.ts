import { pipeline, Readable } from 'node:stream';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { codeOf } from '../../errors.ts';
import type { Compression } from '../../oci/media-type.ts';
import { ArchiveError } from './archive-error.ts';

const MAGIC: readonly [bytes: readonly number[], name: Compression | 'xz' | 'bzip2'][] = [
  [[0x1f, 0x8b], 'gzip'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'zstd'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], 'xz'],
  [[0x42, 0x5a, 0x68], 'bzip2'],
];

/** How the bytes that start with `head` are compressed. xz and bzip2 are refused by name: Node cannot read them. */
export function sniffCompression(head: Uint8Array, where: string): Compression {
  const name = MAGIC.find(([bytes]) => bytes.every((byte, i) => head[i] === byte))?.[1] ?? 'none';
  if (name !== 'xz' && name !== 'bzip2') return name;
  throw new ArchiveError('unsupported-archive', `${where}: ${name} compression is not supported`, {
    hint: `decompress it on the way: ${name} -dc FILE | containerize …`,
  });
}

/** Looks at the first bytes of a stream, and gives the whole stream back. */
export async function peek(source: Readable): Promise<{ head: Buffer; whole: Readable }> {
  const iterator = source[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  let head = Buffer.alloc(0);
  while (head.byteLength < 6) {
    const { value, done } = await iterator.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  const all = async function* () {
    try {
      if (head.byteLength > 0) yield head;
      for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value;
    } finally {
      source.destroy();
    }
  };
  return { head, whole: Readable.from(all(), { objectMode: false, highWaterMark: 1 << 20 }) };
}

/** The plain bytes of a stream that is compressed as told. A damaged or cut off stream fails as an {@link ArchiveError}. */
export function decompress(source: Readable, compression: Compression, where: string): Readable {
  if (compression === 'none') return source;
  const plain =
    compression === 'gzip' ? createGunzip({ chunkSize: 1 << 18 }) : createZstdDecompress({ chunkSize: 1 << 18 });
  pipeline(source, plain, () => {});
  return Readable.from(namingErrors(plain, compression, where), { objectMode: false, highWaterMark: 1 << 20 });
}

async function* namingErrors(
  plain: AsyncIterable<Buffer>,
  compression: Compression,
  where: string,
): AsyncGenerator<Buffer> {
  try {
    yield* plain;
  } catch (cause) {
    const code = codeOf(cause) ?? '';
    if (!code.startsWith('Z_') && !code.startsWith('ZSTD_')) throw cause;
    if (code === 'Z_BUF_ERROR')
      throw new ArchiveError('truncated-archive', `${where}: the ${compression} stream ends early`, { cause });
    throw new ArchiveError('invalid-archive', `${where}: the ${compression} stream is damaged`, { cause });
  }
}
