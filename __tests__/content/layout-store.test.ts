import { createHash, randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, test } from '@jest/globals';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { readBlob } from '../../src/content/read-blob.ts';
import { type Descriptor, describe as describeBytes } from '../../src/oci/descriptor.ts';
import { parseDigest } from '../../src/oci/digest.ts';
import { scratchFolder } from '../helpers/scratch.ts';

const folder = await scratchFolder('layout');
let next = 0;
const open = () => LayoutStore.open(join(folder, `store-${next++}`));
const TYPE = 'application/octet-stream';

function stream(bytes: Uint8Array, chunk = 4096): Readable {
  const chunks = Array.from({ length: Math.ceil(bytes.byteLength / chunk) }, (_, i) =>
    bytes.subarray(i * chunk, (i + 1) * chunk),
  );
  return Readable.from(chunks, { objectMode: false });
}

async function drain(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('the store on disk', () => {
  test('gives back what was pushed, small and large, and is an OCI layout', async () => {
    const store = await open();
    for (const size of [0, 1, 5000, 128 * 1024, 128 * 1024 + 1, 3_000_000]) {
      const bytes = randomBytes(size);
      const descriptor = describeBytes(TYPE, bytes);
      expect(await store.has(descriptor)).toBe(false);
      await store.push(descriptor, stream(bytes));
      expect(await store.has(descriptor)).toBe(true);
      expect((await drain(await store.fetch(descriptor))).equals(bytes)).toBe(true);
    }
    expect(JSON.parse(await readFile(join(store.folder, 'oci-layout'), 'utf8'))).toEqual({
      imageLayoutVersion: '1.0.0',
    });
    expect(await readdir(join(store.folder, 'ingest'))).toEqual([]);
  });

  test('finds digest and size of what is ingested', async () => {
    const store = await open();
    const bytes = randomBytes(200_000);
    expect(await store.ingest(TYPE, stream(bytes))).toEqual(describeBytes(TYPE, bytes));
  });

  test('takes sha512 blobs', async () => {
    const store = await open();
    const bytes = randomBytes(1000);
    const digest = parseDigest(`sha512:${createHash('sha512').update(bytes).digest('hex')}`);
    const descriptor: Descriptor = { mediaType: TYPE, digest, size: bytes.byteLength };
    await store.push(descriptor, stream(bytes));
    expect((await drain(await store.fetch(descriptor))).equals(bytes)).toBe(true);
    await expect(
      store.push({ ...descriptor, digest: parseDigest(`sha512:${'0'.repeat(128)}`) }, stream(bytes)),
    ).rejects.toThrow('expected digest');
  });

  test.each([
    ['other bytes', (b: Buffer) => Buffer.concat([b.subarray(1), Buffer.from('x')]), 'digest-mismatch'],
    ['too few bytes', (b: Buffer) => b.subarray(1), 'size-mismatch'],
    ['too many bytes', (b: Buffer) => Buffer.concat([b, b]), 'size-mismatch'],
  ])('refuses %s, and keeps nothing of them', async (_, change, code) => {
    const store = await open();
    const bytes = randomBytes(10_000);
    const descriptor = describeBytes(TYPE, bytes);
    await expect(store.push(descriptor, stream(change(bytes)))).rejects.toMatchObject({ code });
    expect(await store.has(descriptor)).toBe(false);
    expect(await readdir(join(store.folder, 'ingest'))).toEqual([]);
  });

  test('stops reading an endless body', async () => {
    const store = await open();
    let given = 0;
    const endless = Readable.from(
      (async function* () {
        for (;;) yield Buffer.alloc(65_536, ++given);
      })(),
      { objectMode: false },
    );
    await expect(store.push({ ...describeBytes(TYPE, 'x'), size: 100_000 }, endless)).rejects.toMatchObject({
      code: 'size-mismatch',
    });
    expect(given).toBeLessThan(20);
    expect(endless.destroyed).toBe(true);
  });

  test('passes the error of a body on, and keeps nothing of it', async () => {
    const store = await open();
    const body = Readable.from(
      (async function* () {
        yield Buffer.alloc(1000);
        throw new Error('connection reset');
      })(),
    );
    await expect(store.ingest(TYPE, body)).rejects.toThrow('connection reset');
    expect(await readdir(join(store.folder, 'ingest'))).toEqual([]);
  });

  test('does not read a body again that is there, and lets go of it', async () => {
    const store = await open();
    const bytes = randomBytes(100);
    const descriptor = describeBytes(TYPE, bytes);
    await store.push(descriptor, stream(bytes));
    const second = stream(bytes);
    await store.push(descriptor, second);
    expect(second.destroyed).toBe(true);
  });

  test.each([300, 1_000_000])(
    'notices a file of %d bytes that was damaged on disk, and makes room for a sound one',
    async (size) => {
      const store = await open();
      const bytes = randomBytes(size);
      const descriptor = describeBytes(TYPE, bytes);
      await store.push(descriptor, stream(bytes));
      const damaged = Buffer.from(bytes);
      damaged[size - 7]! ^= 1;
      await writeFile(store.blobPath(descriptor), damaged);
      await expect(store.fetch(descriptor).then(drain)).rejects.toMatchObject({ code: 'digest-mismatch' });
      expect(await store.has(descriptor)).toBe(false);
      await store.push(descriptor, stream(bytes));
      expect((await drain(await store.fetch(descriptor))).equals(bytes)).toBe(true);
    },
  );

  test('takes a file that a power cut made short for missing', async () => {
    const store = await open();
    const bytes = randomBytes(5000);
    const descriptor = describeBytes(TYPE, bytes);
    await mkdir(join(store.folder, 'blobs', 'sha256'), { recursive: true });
    await writeFile(store.blobPath(descriptor), '');
    expect(await store.has(descriptor)).toBe(false);
    await expect(store.fetch(descriptor)).rejects.toMatchObject({ code: 'size-mismatch' });
    await store.push(descriptor, stream(bytes));
    expect(await store.has(descriptor)).toBe(true);
  });

  test('says which blob is missing', async () => {
    const store = await open();
    const descriptor = describeBytes(TYPE, 'nothing');
    await expect(store.fetch(descriptor)).rejects.toMatchObject({ code: 'blob-missing' });
    await expect(store.fetch(descriptor)).rejects.toThrow(descriptor.digest);
  });

  test('takes over a file by hard link, and by reading where it must be checked', async () => {
    const store = await open();
    const bytes = randomBytes(5000);
    const descriptor = describeBytes(TYPE, bytes);
    const file = join(folder, 'made elsewhere');
    await writeFile(file, bytes);
    await store.pushFile(descriptor, file, { verify: false });
    expect((await stat(file)).nlink).toBe(2);
    const wrong = describeBytes(TYPE, 'other');
    await expect(store.pushFile({ ...wrong, size: 5000 }, file, { verify: true })).rejects.toMatchObject({
      code: 'digest-mismatch',
    });
  });

  test('lists blobs with size and time of use, which asking for one renews', async () => {
    const store = await open();
    const descriptor = await store.put(TYPE, 'hello');
    await utimes(store.blobPath(descriptor), 1000, 1000);
    await store.has(descriptor);
    const listed: { digest: string; size: number; usedAt: number }[] = [];
    for await (const blob of store.list()) listed.push(blob);
    expect(listed).toEqual([{ digest: descriptor.digest, size: 5, usedAt: expect.any(Number) }]);
    expect(Date.now() - listed[0]!.usedAt).toBeLessThan(60_000);
  });

  test('refuses a folder that is some other layout', async () => {
    const path = join(folder, 'other');
    await mkdir(path);
    await writeFile(join(path, 'oci-layout'), '{"imageLayoutVersion":"2.0.0"}');
    await expect(LayoutStore.open(path)).rejects.toMatchObject({ code: 'not-a-layout' });
  });

  test('many writers of one blob at once all succeed', async () => {
    const store = await open();
    const bytes = randomBytes(300_000);
    const descriptor = describeBytes(TYPE, bytes);
    await Promise.all(Array.from({ length: 8 }, () => store.push(descriptor, stream(bytes))));
    expect((await readBlob(store, descriptor)).equals(bytes)).toBe(true);
  });

  test('holds one large blob back to a bounded memory', async () => {
    const store = await open();
    const chunk = randomBytes(1 << 20);
    const before = process.memoryUsage().rss;
    let peak = 0;
    const body = Readable.from(
      (function* () {
        for (let i = 0; i < 256; i++) {
          peak = Math.max(peak, process.memoryUsage().rss);
          yield chunk;
        }
      })(),
      { objectMode: false },
    );
    const descriptor = await store.ingest(TYPE, body);
    for await (const _ of await store.fetch(descriptor)) peak = Math.max(peak, process.memoryUsage().rss);
    expect(peak - before).toBeLessThan(120 * 1024 * 1024);
    await store.delete(descriptor.digest);
  });
});
