import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { constants, gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { compress } from '../../src/layer/compress.ts';
import { decompress, detectCompression } from '../../src/layer/decompress.ts';

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
  const list: Buffer[] = [];
  for await (const chunk of chunks) list.push(chunk);
  return Buffer.concat(list);
}

async function* inChunks(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Compressible, not trivially, and different everywhere. */
function text(size: number): Buffer {
  const words = Array.from({ length: 500 }, (_, i) =>
    createHash('md5')
      .update(String(i))
      .digest('hex')
      .slice(0, 3 + (i % 9)),
  );
  const list: string[] = [];
  for (let length = 0, i = 7; length < size; i = (i * 1103515245 + 12345) % 2 ** 31) {
    const word = words[i % words.length]!;
    list.push(word);
    length += word.length + 1;
  }
  return Buffer.from(list.join(' ')).subarray(0, size);
}

describe('compressing', () => {
  const sizes = [0, 1, 32 * 1024, 512 * 1024 - 1, 512 * 1024, 512 * 1024 + 1, 5_000_000];

  test.each(sizes)('%d bytes of gzip are read by zlib and by gunzip', async (size) => {
    const plain = text(size);
    const packed = await collect(compress(inChunks(plain, 65_521), 'gzip'));
    expect(gunzipSync(packed).equals(plain)).toBe(true);
    expect(execFileSync('gzip', ['-dc'], { input: packed, maxBuffer: 1e8 }).equals(plain)).toBe(true);
  });

  test.each(sizes)('%d bytes of zstd are read by zlib', async (size) => {
    const plain = text(size);
    const packed = await collect(compress(inChunks(plain, 65_521), 'zstd'));
    if (size === 0) expect(packed.length).toBe(0);
    else expect(zstdDecompressSync(packed).equals(plain)).toBe(true);
  });

  test('the bytes do not depend on how the input arrives', async () => {
    const plain = text(3_000_000);
    const all = await Promise.all(
      [1000, 65_536, 3_000_000].map((size) => collect(compress(inChunks(plain, size), 'gzip'))),
    );
    expect(all[1]!.equals(all[0]!)).toBe(true);
    expect(all[2]!.equals(all[0]!)).toBe(true);
  });

  test('the ratio is close to one thread', async () => {
    const plain = text(6_000_000);
    const packed = await collect(compress(inChunks(plain, 65_536), 'gzip'));
    expect(packed.length).toBeLessThan(gzipSync(plain).length * 1.02);
  });

  test('a level is passed on', async () => {
    const plain = text(2_000_000);
    const [fast, best] = await Promise.all(
      [1, 9].map((level) => collect(compress(inChunks(plain, 65_536), 'gzip', level))),
    );
    expect(fast!.length).toBeGreaterThan(best!.length);
  });

  test('a source that fails makes the result fail', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield randomBytes(2_000_000);
      throw new Error('disk on fire');
    }
    await expect(collect(compress(broken(), 'gzip'))).rejects.toThrow('disk on fire');
  });

  test('a reader may stop early', async () => {
    let closed = false;
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield randomBytes(300_000);
      } finally {
        closed = true;
      }
    }
    for await (const chunk of compress(endless(), 'gzip')) if (chunk.length > 100_000) break;
    expect(closed).toBe(true);
  });
});

describe('decompressing', () => {
  const plain = text(2_000_000);
  const stream = (bytes: Buffer, size = 65_536): Readable =>
    Readable.from(inChunks(bytes, size), { objectMode: false });

  test.each([
    ['gzip', gzipSync(plain)],
    ['gzip of two members', Buffer.concat([gzipSync(plain.subarray(0, 1000)), gzipSync(plain.subarray(1000))])],
    ['zstd', zstdCompressSync(plain)],
    [
      'zstd of two frames',
      Buffer.concat([zstdCompressSync(plain.subarray(0, 1000)), zstdCompressSync(plain.subarray(1000))]),
    ],
    [
      'zstd with a skippable frame',
      Buffer.concat([
        zstdCompressSync(plain.subarray(0, 9)),
        Buffer.from('502a4d1803000000aabbcc', 'hex'),
        zstdCompressSync(plain.subarray(9)),
      ]),
    ],
    ['nothing', plain],
  ])('%s is detected by its content', async (name, packed) => {
    for (const size of [1_000_000, 65_536]) {
      const { compression, bytes } = await decompress(stream(packed, size), 'x');
      expect(compression).toBe(name === 'nothing' ? 'none' : name.split(' ')[0]);
      expect((await collect(bytes)).equals(plain)).toBe(true);
    }
  });

  test('one byte at a time', async () => {
    const { bytes } = await decompress(stream(gzipSync('hello'), 1), 'x');
    expect((await collect(bytes)).toString()).toBe('hello');
  });

  test('an empty stream is no compression and no bytes', async () => {
    const { compression, bytes } = await decompress(stream(Buffer.alloc(0)), 'x');
    expect([compression, (await collect(bytes)).length]).toEqual(['none', 0]);
  });

  test('what looks like a skippable zstd frame is zstd', () => {
    expect(detectCompression(Buffer.from([0x5a, 0x2a, 0x4d, 0x18]))).toBe('zstd');
  });

  test.each([
    ['gzip that ends early', gzipSync(plain).subarray(0, 5000)],
    ['gzip without its trailer', gzipSync(plain).subarray(0, -8)],
    ['gzip with a flipped bit', flip(gzipSync(plain), 3000)],
    ['gzip with a wrong sum', flip(gzipSync(plain), -6)],
    ['gzip with junk behind', Buffer.concat([gzipSync(plain), Buffer.from('junk')])],
    ['zstd that ends early', zstdCompressSync(plain).subarray(0, 5000)],
    [
      'zstd with a flipped bit',
      flip(zstdCompressSync(plain, { params: { [constants.ZSTD_c_checksumFlag]: 1 } }), 4000),
    ],
    [
      'zstd of two frames that ends inside the second',
      Buffer.concat([zstdCompressSync('x'), zstdCompressSync(plain)]).subarray(0, 3000),
    ],
    ['zstd with junk behind', Buffer.concat([zstdCompressSync(plain), Buffer.from('junk')])],
  ])('%s is refused by name', async (_, packed) => {
    const { bytes } = await decompress(stream(packed), 'layer sha256:1234');
    await expect(collect(bytes)).rejects.toMatchObject({
      code: 'bad-compression',
      message: expect.stringMatching(/^layer sha256:1234: damaged (gzip|zstd) data: /),
    });
  });

  test("the source's own failure is told, not what it does to the decompressor", async () => {
    const packed = gzipSync(plain);
    async function* broken(): AsyncGenerator<Buffer> {
      yield packed.subarray(0, 10_000);
      throw new Error('connection reset');
    }
    const { bytes } = await decompress(Readable.from(broken(), { objectMode: false }), 'x');
    await expect(collect(bytes)).rejects.toThrow('connection reset');
  });
});

function flip(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  const index = at < 0 ? copy.length + at : at;
  copy[index] = copy[index]! ^ 0x10;
  return copy;
}
