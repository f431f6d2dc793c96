import { randomBytes } from 'node:crypto';
import { MemoryStore } from '../../src/content/memory-store.ts';
import type { Image } from '../../src/content/store.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import type { Platform } from '../../src/oci/platform.ts';

/** An image whose layers are random bytes, for tests of transfers: nobody unpacks it. */
export interface RandomImage extends Image {
  content: MemoryStore;
  config: Descriptor;
  layers: Descriptor[];
}

/** One image; `layers` are sizes in bytes. */
export function randomImage(
  layers: readonly number[] = [1000],
  platform: Platform = { os: 'linux', architecture: 'amd64' },
  content = new MemoryStore(),
): RandomImage {
  const made = layers.map((size) => content.put(MEDIA.ociLayerGzip, randomBytes(size)));
  const config = content.put(
    MEDIA.ociConfig,
    JSON.stringify({ ...platform, config: {}, rootfs: { type: 'layers', diff_ids: made.map((l) => l.digest) } }),
  );
  const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers: made };
  return { content, config, layers: made, descriptor: content.put(MEDIA.ociManifest, JSON.stringify(manifest)) };
}

/** An index of one random image for each platform. */
export function randomIndex(
  platforms: readonly Platform[],
  layers: readonly number[] = [1000],
): { descriptor: Descriptor; content: MemoryStore; images: RandomImage[] } {
  const content = new MemoryStore();
  const images = platforms.map((platform) => randomImage(layers, platform, content));
  const manifests = images.map((image, i) => ({ ...image.descriptor, platform: platforms[i]! }));
  const descriptor = content.put(
    MEDIA.ociIndex,
    JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests }),
  );
  return { descriptor, content, images };
}
