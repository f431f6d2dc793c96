import { Readable } from 'node:stream';
import type { Layer } from '../../src/content/store.ts';
import { Helper } from '../../src/runtime/helper.ts';
import { OverlaySnapshotter } from '../../src/snapshot/overlay.ts';

/** A process of its own that unpacks layers given as JSON: folder, helper, layers with their blobs in base64. */
const [folder, helper, layers] = JSON.parse(process.argv[2]!) as [string, string, (Layer & { blob: string })[]];
const blobs = new Map(layers.map((layer) => [layer.descriptor.digest, Buffer.from(layer.blob, 'base64')]));
const snapshots = new OverlaySnapshotter({ folder, helper: new Helper(helper) });
let fetched = 0;
const content = {
  fetch: async (descriptor: Layer['descriptor']) => {
    fetched++;
    return Readable.from([blobs.get(descriptor.digest)!], { objectMode: false });
  },
};
process.stdout.write(`${await snapshots.unpack(layers, content)} ${fetched}\n`);
