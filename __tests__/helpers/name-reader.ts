import { LayoutStore } from '../../src/content/layout-store.ts';
import { reachableFrom } from '../../src/content/reachable.ts';
import { readBlob } from '../../src/content/read-blob.ts';
import { Refs } from '../../src/content/refs.ts';
import { messageOf } from '../../src/errors.ts';
import { parseManifest } from '../../src/oci/manifest.ts';

/** Prints each name of a store and whether every blob that it leads to can be read, as JSON. */
const store = await LayoutStore.open(process.argv[2]!);
const found: Record<string, string> = {};
for (const { name, descriptor } of await new Refs(store).list()) {
  try {
    const document = parseManifest(await readBlob(store, descriptor), descriptor.mediaType, descriptor.digest);
    if (!('layers' in document)) throw new Error('an index');
    for (const blob of [document.config, ...document.layers]) await readBlob(store, blob, 10_000_000);
    found[name] = `whole, ${(await reachableFrom(store, [descriptor])).size} blobs`;
  } catch (error) {
    found[name] = messageOf(error);
  }
}
console.log(JSON.stringify(found));
