import { describe, expect, test } from '@jest/globals';
import { loadImage, platforms } from '../../src/content/image.ts';
import { MemoryStore } from '../../src/content/memory-store.ts';
import type { Descriptor } from '../../src/oci/descriptor.ts';
import { parseDigest, sha256 } from '../../src/oci/digest.ts';
import { encodeManifest, type ImageIndex, type Manifest } from '../../src/oci/manifest.ts';
import { MEDIA } from '../../src/oci/media-type.ts';
import { parsePlatform } from '../../src/oci/platform.ts';

function setUp() {
  const store = new MemoryStore();
  const image = (
    platform: string,
    change: (parts: { manifest: Manifest; config: Record<string, unknown> }) => void = () => {},
  ) => {
    const layer = store.put(MEDIA.ociLayerGzip, `layer for ${platform}`);
    const parts = {
      config: { ...parsePlatform(platform), rootfs: { type: 'layers', diff_ids: [sha256(platform)] } } as Record<
        string,
        unknown
      >,
      manifest: { schemaVersion: 2, mediaType: MEDIA.ociManifest, layers: [layer] } as unknown as Manifest,
    };
    change(parts);
    parts.manifest.config ??= store.put(MEDIA.ociConfig, JSON.stringify(parts.config));
    return store.put(MEDIA.ociManifest, encodeManifest(parts.manifest));
  };
  const index = (manifests: Descriptor[]) =>
    store.put(
      MEDIA.ociIndex,
      encodeManifest({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests } satisfies ImageIndex),
    );
  return { store, image, index };
}

describe('an image in a store', () => {
  test('is read with its config and the identities of its layers', async () => {
    const { store, image } = setUp();
    const loaded = await loadImage({ descriptor: image('linux/amd64'), content: store });
    expect(loaded.config.architecture).toBe('amd64');
    expect(loaded.layers).toEqual([{ descriptor: loaded.manifest.layers[0], diffId: sha256('linux/amd64') }]);
  });

  test('of several platforms gives the one that serves best, and names those that are there when none does', async () => {
    const { store, image, index } = setUp();
    const manifests = ['linux/arm/v6', 'linux/arm/v7', 'linux/amd64'].map((p) => ({
      ...image(p),
      platform: parsePlatform(p),
    }));
    const it = { descriptor: index(manifests), content: store };
    expect((await loadImage(it, parsePlatform('linux/arm/v7'))).manifestDescriptor.digest).toBe(manifests[1]!.digest);
    expect((await loadImage(it, parsePlatform('linux/arm/v8'))).manifestDescriptor.digest).toBe(manifests[1]!.digest);
    expect((await loadImage(it, parsePlatform('linux/arm/v6'))).manifestDescriptor.digest).toBe(manifests[0]!.digest);
    await expect(loadImage(it, parsePlatform('linux/s390x'))).rejects.toThrow(
      'no image for linux/s390x, only for linux/arm/v6, linux/arm/v7, linux/amd64',
    );
  });

  test('leaves attestations out, looks into nested indexes, and asks configs for platforms that the index does not tell', async () => {
    const { store, image, index } = setUp();
    const attestation = {
      ...image('linux/s390x'),
      platform: { os: 'unknown', architecture: 'unknown' },
      annotations: { 'vnd.docker.reference.type': 'attestation-manifest' },
    };
    const inner = index([image('linux/arm64')]);
    const found = await platforms({
      descriptor: index([attestation, inner, { ...image('linux/amd64'), platform: parsePlatform('linux/amd64') }]),
      content: store,
    });
    expect(found.map((f) => f.platform?.architecture)).toEqual(['arm64', 'amd64']);
  });

  test.each<[string, (parts: { manifest: Manifest; config: Record<string, unknown> }) => void, string]>([
    [
      'whose config lists another number of layers',
      ({ config }) => (config.rootfs = { type: 'layers', diff_ids: [] }),
      'the manifest has 1 layers, its config 0',
    ],
    [
      'with a layer that is no file system',
      ({ manifest }) => (manifest.layers[0]!.mediaType = 'application/json'),
      'cannot unpack a layer of type application/json',
    ],
    [
      'whose plain layer is not what the config says',
      ({ manifest }) => (manifest.layers[0]!.mediaType = MEDIA.ociLayer),
      'is the uncompressed',
    ],
    [
      'whose config claims to be 1 GB',
      ({ manifest }) => (manifest.config = { mediaType: MEDIA.ociConfig, digest: sha256('x'), size: 1e9 }),
      '1000000000 bytes, more than',
    ],
    [
      'that is an artifact',
      ({ manifest }) => (manifest.config = { mediaType: MEDIA.ociEmpty, digest: sha256('{}'), size: 2 }),
      'an artifact with config application/vnd.oci.empty.v1+json',
    ],
    [
      'with a diff ID that is none',
      ({ config }) => (config.rootfs = { type: 'layers', diff_ids: ['sha256:short'] }),
      'rootfs.diff_ids',
    ],
  ])('%s is refused', async (_, change, message) => {
    const { store, image } = setUp();
    await expect(loadImage({ descriptor: image('linux/amd64', change), content: store })).rejects.toThrow(message);
  });

  test('whose index names itself deeper and deeper is refused', async () => {
    const { store, image, index } = setUp();
    let descriptor = index([image('linux/amd64')]);
    for (let i = 0; i < 6; i++) descriptor = index([descriptor]);
    await expect(platforms({ descriptor, content: store })).rejects.toThrow('nested more than 4 deep');
  });

  test('whose manifest is both index and manifest is refused', async () => {
    const { store } = setUp();
    const both = store.put(
      MEDIA.ociManifest,
      JSON.stringify({ schemaVersion: 2, manifests: [], layers: [], config: {} }),
    );
    await expect(loadImage({ descriptor: both, content: store })).rejects.toThrow('an index and a manifest at once');
    expect(() => parseDigest('sha256:x')).toThrow();
  });
});
