import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { importRoot } from '../../../src/content/archive/import-root.ts';
import { encodeHeader, PLAIN_ENTRY } from '../../../src/content/archive/tar-writer.ts';
import { loadImage } from '../../../src/content/image.ts';
import { LayoutStore } from '../../../src/content/layout-store.ts';
import { readBlob } from '../../../src/content/read-blob.ts';
import { sha256 } from '../../../src/oci/digest.ts';
import { MEDIA } from '../../../src/oci/media-type.ts';
import { scratchFolder } from '../../helpers/scratch.ts';

const folder = await scratchFolder('import');
let next = 0;

const content = Buffer.alloc(3_000_000, 'some text that compresses, ');
const tar = Buffer.concat([
  encodeHeader({ ...PLAIN_ENTRY, name: 'file', size: content.byteLength }),
  content,
  Buffer.alloc(512 - (content.byteLength % 512)),
  Buffer.alloc(1024),
]);

async function importBytes(bytes: Buffer) {
  const store = await LayoutStore.open(join(folder, `store-${next++}`));
  const chunks = Array.from({ length: Math.ceil(bytes.byteLength / 10_000) }, (_, i) =>
    bytes.subarray(i * 10_000, (i + 1) * 10_000),
  );
  const image = await importRoot(store, Readable.from(chunks, { objectMode: false }), {
    where: 'root.tar',
    platform: { os: 'linux', architecture: 'arm64' },
    config: { Cmd: ['sh'] },
    message: 'made by hand',
    created: '2024-01-01T00:00:00Z',
  }).catch(async (error: unknown) => {
    expect(await readdir(join(store.folder, 'blobs', 'sha256'))).toEqual([]);
    throw error;
  });
  return { store, loaded: await loadImage(image) };
}

describe('the tar of a root file system', () => {
  test('becomes an image with one gzip layer', async () => {
    const { store, loaded } = await importBytes(tar);
    expect(loaded.config).toMatchObject({
      architecture: 'arm64',
      os: 'linux',
      config: { Cmd: ['sh'] },
      rootfs: { diff_ids: [sha256(tar)] },
      history: [{ comment: 'made by hand' }],
    });
    expect(loaded.layers[0]!.descriptor.mediaType).toBe(MEDIA.ociLayerGzip);
    expect(gunzipSync(await readBlob(store, loaded.layers[0]!.descriptor)).equals(tar)).toBe(true);
  });

  test.each([
    ['gzip', gzipSync(tar), MEDIA.ociLayerGzip],
    ['zstd', zstdCompressSync(tar), MEDIA.ociLayerZstd],
  ])('compressed by %s is kept as it is', async (_, bytes, type) => {
    const { store, loaded } = await importBytes(bytes);
    expect(loaded.layers[0]).toMatchObject({
      diffId: sha256(tar),
      descriptor: { mediaType: type, digest: sha256(bytes) },
    });
    expect((await readBlob(store, loaded.layers[0]!.descriptor)).equals(bytes)).toBe(true);
  });

  test.each<[string, Buffer, string]>([
    ['is empty', Buffer.alloc(0), 'empty-archive'],
    ['is no tar', Buffer.alloc(5000, 'x'), 'not-a-tar'],
    ['is too short', Buffer.from('hello there'), 'not-a-tar'],
    ['was cut off', tar.subarray(0, 100_100), 'truncated-archive'],
    ['is a compressed text', gzipSync(Buffer.alloc(5000, 'x')), 'not-a-tar'],
    ['is a gzip that was cut off', gzipSync(tar).subarray(0, 3000), 'truncated-archive'],
    ['is a damaged gzip', Buffer.concat([gzipSync(tar).subarray(0, -8), Buffer.alloc(8)]), 'invalid-archive'],
    ['is bzip2', Buffer.from('BZh91AY&SY'), 'unsupported-archive'],
  ])('is refused when it %s, and nothing is kept', async (_, bytes, code) => {
    await expect(importBytes(bytes)).rejects.toMatchObject({ code });
  });
});
