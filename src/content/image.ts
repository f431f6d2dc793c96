import type { Descriptor } from '../oci/descriptor.ts';
import { type ImageConfig, parseImageConfig, platformOf } from '../oci/image-config.ts';
import { isIndex, type Manifest, parseManifest } from '../oci/manifest.ts';
import { compressionOf, isConfigType, isLayerType } from '../oci/media-type.ts';
import { choosePlatform, formatPlatform, hostPlatform, type Platform } from '../oci/platform.ts';
import { ContentError } from './content-error.ts';
import { readBlob } from './read-blob.ts';
import type { Image, Layer } from './store.ts';

/** One image for one platform, read and checked. */
export interface LoadedImage {
  manifest: Manifest;
  manifestDescriptor: Descriptor;
  config: ImageConfig;
  configDescriptor: Descriptor;
  /** Base first. */
  layers: Layer[];
}

/** Largest image config that we accept, in bytes. */
export const MAX_CONFIG_SIZE = 16 * 1024 * 1024;
/** An index in an index in an index: more than anybody needs. */
const MAX_DEPTH = 4;

/**
 * Reads the manifest and config that serve `platform` best (this machine's by default). An image that is a plain
 * manifest is taken whatever its platform, as docker does.
 */
export async function loadImage(image: Image, platform: Platform = hostPlatform()): Promise<LoadedImage> {
  const found = await platforms(image);
  if (found.length === 0)
    throw new ContentError('not-an-image', `${image.descriptor.digest}: the index names no image`);
  const single = found.length === 1 && found[0]!.manifestDescriptor.digest === image.descriptor.digest;
  const chosen = single ? found[0] : choosePlatform(found, platform);
  if (chosen === undefined) {
    throw new ContentError(
      'no-such-platform',
      `${image.descriptor.digest}: no image for ${formatPlatform(platform)}, only for ${found.map((p) => (p.platform ? formatPlatform(p.platform) : 'an unnamed platform')).join(', ')}`,
      {
        hint: 'choose one with --platform',
      },
    );
  }
  return loadManifest(image, chosen.manifestDescriptor);
}

/** Every platform of an image: one entry for a plain manifest. Attestations and other artifacts are left out; nothing says that the manifests are in the store. */
export async function platforms(image: Image): Promise<{ platform?: Platform; manifestDescriptor: Descriptor }[]> {
  return expand(image, image.descriptor, 0);
}

/** Reads one manifest, its config and its layers' identities. */
export async function loadManifest(image: Image, descriptor: Descriptor): Promise<LoadedImage> {
  const where = descriptor.digest;
  const manifest = parseManifest(await readBlob(image.content, descriptor), descriptor.mediaType, where);
  if (isIndex(manifest)) throw new ContentError('not-an-image', `${where}: expected an image manifest, found an index`);
  if (!isConfigType(manifest.config.mediaType)) {
    throw new ContentError(
      'not-an-image',
      `${where}: expected an image, found an artifact with config ${manifest.config.mediaType}`,
    );
  }
  const config = parseImageConfig(
    await readBlob(image.content, manifest.config, MAX_CONFIG_SIZE),
    `config ${manifest.config.digest}`,
  );
  const diffIds = config.rootfs.diff_ids;
  if (diffIds.length !== manifest.layers.length) {
    throw new ContentError(
      'not-an-image',
      `${where}: the manifest has ${manifest.layers.length} layers, its config ${diffIds.length}`,
    );
  }
  const unknown = manifest.layers.find((layer) => !isLayerType(layer.mediaType));
  if (unknown) throw new ContentError('not-an-image', `${where}: cannot unpack a layer of type ${unknown.mediaType}`);
  for (const [i, layer] of manifest.layers.entries()) {
    // The digest of an uncompressed layer is its diff ID: a difference would show only after unpacking.
    if (
      compressionOf(layer.mediaType) === 'none' &&
      layer.digest.startsWith('sha256:') &&
      diffIds[i]!.startsWith('sha256:') &&
      layer.digest !== diffIds[i]
    ) {
      throw new ContentError(
        'not-an-image',
        `${where}: layer ${i} is the uncompressed ${layer.digest}, but the config says ${diffIds[i]}`,
      );
    }
  }
  return {
    manifest,
    manifestDescriptor: descriptor,
    config,
    configDescriptor: manifest.config,
    layers: manifest.layers.map((d, i) => ({ descriptor: d, diffId: diffIds[i]! })),
  };
}

async function expand(
  image: Image,
  descriptor: Descriptor,
  depth: number,
): Promise<{ platform?: Platform; manifestDescriptor: Descriptor }[]> {
  if (depth > MAX_DEPTH)
    throw new ContentError('not-an-image', `${image.descriptor.digest}: indexes nested more than ${MAX_DEPTH} deep`);
  const document = parseManifest(await readBlob(image.content, descriptor), descriptor.mediaType, descriptor.digest);
  if (!isIndex(document)) {
    if (!isConfigType(document.config.mediaType))
      throw new ContentError(
        'not-an-image',
        `${descriptor.digest}: expected an image, found an artifact with config ${document.config.mediaType}`,
      );
    return [{ ...(descriptor.platform ? { platform: descriptor.platform } : {}), manifestDescriptor: descriptor }];
  }
  const all = await Promise.all(
    document.manifests.filter(isImageEntry).map(async (entry) => {
      if (/index|manifest\.list/.test(entry.mediaType)) return expand(image, entry, depth + 1);
      return [{ platform: entry.platform ?? (await platformFromConfig(image, entry)), manifestDescriptor: entry }];
    }),
  );
  return all
    .flat()
    .map(({ platform, manifestDescriptor }) => ({ ...(platform ? { platform } : {}), manifestDescriptor }));
}

/** Index entries made by hand often lack their platform: the config knows it. */
async function platformFromConfig(image: Image, descriptor: Descriptor): Promise<Platform | undefined> {
  return platformOf((await loadManifest(image, descriptor)).config);
}

function isImageEntry(entry: Descriptor): boolean {
  if (entry.annotations?.['vnd.docker.reference.type'] !== undefined) return false;
  return entry.artifactType === undefined && entry.platform?.os !== 'unknown';
}
