import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import { collectGarbage } from '../../src/content/gc.ts';
import { LayoutStore } from '../../src/content/layout-store.ts';
import { withLease } from '../../src/content/lease.ts';
import { Refs } from '../../src/content/refs.ts';
import { encodeManifest } from '../../src/oci/manifest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';

/** Writes images into a store and names them, for ever; now and then collects garbage. To be killed. */
const [folder, name] = process.argv.slice(2) as [string, string];
const store = await LayoutStore.open(folder);
const refs = new Refs(store);
process.stdout.write('running\n');
for (let i = 0; ; i++) {
  await withLease(store, async () => {
    const size = [10, 5_000, 300_000, 2_000_000][i % 4]!;
    const layers = [
      await store.ingest(MEDIA.ociLayer, chunks(size)),
      await store.put(MEDIA.ociLayer, `shared ${i % 5}`),
    ];
    const config = await store.put(MEDIA.ociConfig, JSON.stringify({ i }));
    const manifest = await store.put(
      MEDIA.ociManifest,
      encodeManifest({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers }),
    );
    await refs.set(`docker.io/library/${name}:${i % 3}`, manifest);
  });
  if (i % 4 === 3) {
    for (const untagged of await refs.untagged()) await refs.removeDigest(untagged.digest);
    await collectGarbage(store, refs, []);
  }
}

function chunks(size: number): Readable {
  return Readable.from(
    (function* () {
      for (let left = size; left > 0; left -= 50_000) yield randomBytes(Math.min(left, 50_000));
    })(),
    { objectMode: false },
  );
}
