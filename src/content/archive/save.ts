import type { Writable } from 'node:stream';
import type { Descriptor } from '../../oci/descriptor.ts';
import { type Digest, digestAlgorithm, digestHex } from '../../oci/digest.ts';
import { parseManifest } from '../../oci/manifest.ts';
import { isIndexType, isManifestType, MEDIA } from '../../oci/media-type.ts';
import type { Platform } from '../../oci/platform.ts';
import { familiarReference, parseReference } from '../../oci/reference.ts';
import { ContentError } from '../content-error.ts';
import { childrenOf } from '../copy.ts';
import { loadImage, platforms } from '../image.ts';
import { readBlob } from '../read-blob.ts';
import type { Fetcher, Image } from '../store.ts';
import { TarWriter } from './tar-writer.ts';

/**
 * `docker`: an OCI layout with docker's manifest.json and `repositories` beside it, as docker writes since 25: read by
 * every docker, podman, skopeo and by whoever reads OCI layouts. `oci`: the layout alone.
 */
export type ArchiveFormat = 'docker' | 'oci';

export interface SaveOptions {
  format: ArchiveFormat;
  /** Of an image for several platforms, write only this one. */
  platform?: Platform | undefined;
  onBytes?: ((bytes: number) => void) | undefined;
}

/**
 * Writes images as one archive, blobs streamed one after the other, each once. The same images give the same bytes. Ends
 * the stream.
 */
export async function saveArchive(
  out: Writable,
  images: readonly (Image & { names: readonly string[] })[],
  options: SaveOptions,
): Promise<void> {
  const roots = await Promise.all(
    images.map(async (image) => ({ ...image, descriptor: await rootOf(image, options.platform) })),
  );
  const blobs = new Map<Digest, { descriptor: Descriptor; content: Fetcher }>();
  for (const { descriptor, content } of roots) await collect(content, descriptor, blobs);
  const writer = new TarWriter(out);
  const algorithms = [...new Set([...blobs.keys()].map(digestAlgorithm))].sort();
  await writer.add({ name: 'blobs/', type: 'directory' });
  for (const algorithm of algorithms) await writer.add({ name: `blobs/${algorithm}/`, type: 'directory' });
  for (const [, { descriptor, content }] of [...blobs].sort(([a], [b]) => (a < b ? -1 : 1))) {
    await writer.add({ name: blobPath(descriptor), size: descriptor.size }, await content.fetch(descriptor));
    options.onBytes?.(descriptor.size);
  }
  const json = (name: string, value: unknown) => writer.add({ name }, Buffer.from(JSON.stringify(value)));
  await json('index.json', indexOf(roots, options.format));
  if (options.format === 'docker') await json('manifest.json', await Promise.all(roots.map(listEntry)));
  await json('oci-layout', { imageLayoutVersion: '1.0.0' });
  if (options.format === 'docker') await json('repositories', await repositoriesOf(roots));
  await writer.finish();
}

/** The manifest for one platform where it is asked for; of an index that is not there in full, what is there. */
async function rootOf(image: Image, platform: Platform | undefined): Promise<Descriptor> {
  if (platform !== undefined) return (await loadImage(image, platform)).manifestDescriptor;
  if (!isIndexType(image.descriptor.mediaType)) return image.descriptor;
  const missing = await Promise.all(
    (await platforms(image)).map(async ({ manifestDescriptor }) => !(await isThere(image.content, manifestDescriptor))),
  );
  // docker could not read an index whose parts are missing.
  return missing.includes(true) ? (await loadImage(image)).manifestDescriptor : image.descriptor;
}

async function isThere(content: Fetcher, descriptor: Descriptor): Promise<boolean> {
  try {
    (await content.fetch(descriptor)).destroy();
    return true;
  } catch (error) {
    if (error instanceof ContentError && error.code === 'blob-missing') return false;
    throw error;
  }
}

async function collect(
  content: Fetcher,
  descriptor: Descriptor,
  blobs: Map<Digest, { descriptor: Descriptor; content: Fetcher }>,
): Promise<void> {
  if (blobs.has(descriptor.digest)) return;
  blobs.set(descriptor.digest, { descriptor, content });
  if (!isIndexType(descriptor.mediaType) && !isManifestType(descriptor.mediaType)) return;
  const document = parseManifest(await readBlob(content, descriptor), descriptor.mediaType, descriptor.digest);
  for (const child of childrenOf(document)) await collect(content, child, blobs);
}

/** One entry a name, in the way that the readers of each format look for it. */
function indexOf(roots: readonly (Image & { names: readonly string[] })[], format: ArchiveFormat) {
  const manifests = roots.flatMap(({ descriptor, names }) => {
    const { annotations: _, ...plain } = descriptor;
    if (names.length === 0) return [plain];
    return names.map((name) => {
      const tag = parseReference(name).tag;
      return {
        ...plain,
        annotations: {
          'io.containerd.image.name': name,
          'org.opencontainers.image.ref.name': format === 'docker' && tag !== undefined ? tag : name,
        },
      };
    });
  });
  return { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests };
}

/** docker before 25 looks here. It wants every layer by path, and unpacks compressed ones as well. */
async function listEntry(image: Image & { names: readonly string[] }) {
  const { configDescriptor, layers } = await firstPlatform(image);
  return {
    Config: blobPath(configDescriptor),
    RepoTags: image.names.filter(hasTag).map((name) => familiarReference(parseReference(name))),
    Layers: layers.map((layer) => blobPath(layer.descriptor)),
  };
}

async function repositoriesOf(
  images: readonly (Image & { names: readonly string[] })[],
): Promise<Record<string, Record<string, string>>> {
  const repositories: Record<string, Record<string, string>> = {};
  for (const image of images) {
    const { configDescriptor } = await firstPlatform(image);
    for (const name of image.names.filter(hasTag)) {
      const { tag, ...rest } = parseReference(name);
      const repository = familiarReference(rest);
      repositories[repository] = { ...repositories[repository], [tag!]: digestHex(configDescriptor.digest) };
    }
  }
  return repositories;
}

/** This machine's platform, or the first one: docker's own list has room for one only. */
async function firstPlatform(image: Image) {
  const own = await loadImage(image).catch((error: unknown) => {
    if (error instanceof ContentError && error.code === 'no-such-platform') return undefined;
    throw error;
  });
  if (own) return own;
  const [first] = await platforms(image);
  return loadImage({ ...image, descriptor: first!.manifestDescriptor });
}

function hasTag(name: string): boolean {
  return parseReference(name).tag !== undefined;
}

function blobPath(descriptor: Descriptor): string {
  return `blobs/${digestAlgorithm(descriptor.digest)}/${digestHex(descriptor.digest)}`;
}
