import { Readable } from 'node:stream';
import type { ContentStore } from '../content/store.ts';
import { type Annotations, type Descriptor, describe } from '../oci/descriptor.ts';
import type { ImageConfig } from '../oci/image-config.ts';
import { encodeManifest, type ImageIndex, type Manifest } from '../oci/manifest.ts';
import { compressionOf, isForeignLayerType, layerType, MEDIA, type MediaType } from '../oci/media-type.ts';
import type { Platform } from '../oci/platform.ts';
import { fillCreated, rfc3339 } from './history.ts';
import type { StepResult } from './vertex.ts';

/** `--annotation`: what is put where. */
export interface AnnotationSet {
  manifest: Annotations;
  manifestDescriptor: Annotations;
  index: Annotations;
}

export interface AssembleOptions {
  /** Media types of manifests, configs and layers. */
  family: 'oci' | 'docker';
  labels: Readonly<Record<string, string>>;
  annotations: (platform: Platform) => AnnotationSet;
  /** SOURCE_DATE_EPOCH in seconds. */
  epoch: number | undefined;
}

/** One platform's image, in the store. */
export interface AssembledImage {
  platform: Platform;
  descriptor: Descriptor;
  configDescriptor: Descriptor;
  manifest: Manifest;
  config: ImageConfig;
}

/** Writes the config and the manifest of one platform. `baseHistory` entries of its history are the base image's. */
export async function assembleImage(
  store: ContentStore,
  result: StepResult,
  baseHistory: number,
  platform: Platform,
  options: AssembleOptions,
): Promise<AssembledImage> {
  const { family } = options;
  const config = finalConfig(result.config, baseHistory, options);
  const configDescriptor = await put(
    store,
    family === 'oci' ? MEDIA.ociConfig : MEDIA.dockerConfig,
    JSON.stringify(config),
  );
  const annotations = options.annotations(platform);
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: family === 'oci' ? MEDIA.ociManifest : MEDIA.dockerManifest,
    config: configDescriptor,
    layers: result.layers.map(({ descriptor }) => inFamily(descriptor, family)),
    ...present('annotations', annotations.manifest),
  };
  const descriptor = await put(store, manifest.mediaType, encodeManifest(manifest));
  return { platform, descriptor, configDescriptor, manifest, config };
}

/** The index over several platforms. */
export async function assembleIndex(
  store: ContentStore,
  images: readonly AssembledImage[],
  options: AssembleOptions,
): Promise<{ descriptor: Descriptor; index: ImageIndex }> {
  const index: ImageIndex = {
    schemaVersion: 2,
    mediaType: options.family === 'oci' ? MEDIA.ociIndex : MEDIA.dockerIndex,
    manifests: images.map(({ descriptor, platform }) => ({
      ...descriptor,
      platform,
      ...present('annotations', options.annotations(platform).manifestDescriptor),
    })),
    ...present('annotations', Object.assign({}, ...images.map(({ platform }) => options.annotations(platform).index))),
  };
  return { descriptor: await put(store, index.mediaType, encodeManifest(index)), index };
}

/** What a builder knows of a config is kept; what older builders left in it (container, docker_version, …) is not. */
function finalConfig(config: ImageConfig, baseHistory: number, { labels, epoch }: AssembleOptions): ImageConfig {
  const history = fillCreated(config.history ?? [], baseHistory, epoch);
  const created = epoch === undefined ? history.at(-1)?.created : rfc3339(epoch);
  const run = config.config ?? {};
  const Labels = { ...run.Labels, ...labels };
  return {
    ...present('created', created),
    ...present('author', config.author),
    architecture: config.architecture,
    ...present('variant', config.variant),
    os: config.os,
    ...present('os.version', config['os.version']),
    ...present('os.features', config['os.features']),
    config: { ...run, ...(Object.keys(Labels).length === 0 ? {} : { Labels }) },
    rootfs: config.rootfs,
    history,
  };
}

/** The same blob under the media type of another family. */
function inFamily(layer: Descriptor, family: 'oci' | 'docker'): Descriptor {
  // Annotations of a cache or a store are not the image's.
  const { annotations: _, platform: __, ...plain } = layer;
  return isForeignLayerType(layer.mediaType)
    ? plain
    : { ...plain, mediaType: layerType(compressionOf(layer.mediaType), family) };
}

/** A document is written only when it is not there: an unchanged build writes nothing. */
async function put(store: ContentStore, mediaType: MediaType, content: string | Uint8Array): Promise<Descriptor> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content;
  const descriptor = describe(mediaType, bytes);
  if (!(await store.has(descriptor))) await store.push(descriptor, Readable.from([bytes]));
  return descriptor;
}

function present<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  const empty =
    value === undefined ||
    value === '' ||
    (typeof value === 'object' && value !== null && Object.keys(value).length === 0);
  return (empty ? {} : { [name]: value }) as { [P in K]?: V };
}
