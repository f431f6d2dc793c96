import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { Refs } from '../../src/content/refs.ts';
import { codeOf, messageOf } from '../../src/errors.ts';
import { MEDIA } from '../../src/oci/media-type.ts';

/** Fills a small disk through the store, and prints what came of it as JSON. */
const store = await LayoutStore.open(join(process.argv[2]!, 'store'));
const refs = new Refs(store);
const small = await store.put(MEDIA.ociManifest, 'small');
await refs.set('docker.io/library/small:1', small);
const body = Readable.from(
  (function* () {
    for (let i = 0; i < 100; i++) yield Buffer.alloc(100_000, i);
  })(),
  { objectMode: false },
);
const failure: unknown = await store.ingest(MEDIA.ociLayer, body).catch((error: unknown) => error);
console.log(
  JSON.stringify({
    code: codeOf(failure),
    message: messageOf(failure),
    ingest: await readdir(join(store.folder, 'ingest')),
    blobs: await readdir(join(store.folder, 'blobs', 'sha256')),
    named: (await refs.list()).map((r) => r.name),
    after: (await store.put(MEDIA.ociLayer, Buffer.alloc(500_000))).size,
  }),
);
