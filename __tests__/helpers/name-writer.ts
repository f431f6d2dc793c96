import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { Refs } from '../../src/content/refs.ts';
import { encodeManifest } from '../../src/oci/manifest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';

/** Stores one image with a layer of 3 MB in the store of a folder, and gives it a name. */
const store = await LayoutStore.open(process.argv[2]!);
const body = Readable.from([randomBytes(3_000_000)], { objectMode: false });
const layers = [await store.ingest(MEDIA.ociLayer, body)];
const config = await store.put(MEDIA.ociConfig, JSON.stringify({ rootfs: { type: 'layers', diff_ids: [] } }));
const document = encodeManifest({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers });
const manifest = await store.put(MEDIA.ociManifest, document);
await new Refs(store).set('docker.io/library/kept:1', manifest);
