import { Readable } from 'node:stream';
import { loadManifest } from '../content/image.ts';
import type { ContentStore, Ingester } from '../content/store.ts';
import { diffLayer } from '../layer/diff.ts';
import type { Descriptor } from '../oci/descriptor.ts';
import { sha256 } from '../oci/digest.ts';
import type { ImageConfig, RunConfig } from '../oci/image-config.ts';
import { encodeManifest, type Manifest } from '../oci/manifest.ts';
import { MEDIA } from '../oci/media-type.ts';
import { stubsOf } from './changes.ts';
import type { ContainerRecord } from './record.ts';
import { layersOf } from './root.ts';
import type { ContainerServices } from './services.ts';

export interface CommitOptions {
  author?: string | undefined;
  message?: string | undefined;
  /** Changes of the config, such as those of Dockerfile instructions. */
  change(config: RunConfig): RunConfig;
  created: string;
}

/** Makes an image of a container as it is: its image's layers, and its own as one more. Volumes are not in it. */
export async function commitContainer(
  services: ContainerServices,
  record: ContainerRecord,
  store: ContentStore & Ingester,
  options: CommitOptions,
): Promise<{ manifest: Descriptor; config: Descriptor }> {
  const base = await loadManifest({ descriptor: record.image.manifest, content: store }, record.image.manifest);
  const isDocker = base.manifestDescriptor.mediaType === MEDIA.dockerManifest;
  const layer = await diffLayer({
    helper: services.helper,
    upper: await layersOf(services, record),
    store,
    compression: 'gzip',
    mediaFamily: isDocker ? 'docker' : 'oci',
    rootless: services.rootless,
    exclude: await stubsOf(services, record),
  });
  const config: ImageConfig = {
    ...base.config,
    created: options.created,
    ...(options.author === undefined ? {} : { author: options.author }),
    config: options.change(runConfigOf(record)),
    rootfs: { type: 'layers', diff_ids: [...base.config.rootfs.diff_ids, layer.diffId] },
    history: [
      ...(base.config.history ?? []),
      {
        created: options.created,
        created_by: record.args.join(' '),
        ...(options.author === undefined ? {} : { author: options.author }),
        ...(options.message === undefined ? {} : { comment: options.message }),
      },
    ],
  };
  const configDescriptor = await put(
    store,
    isDocker ? MEDIA.dockerConfig : MEDIA.ociConfig,
    Buffer.from(JSON.stringify(config)),
  );
  const { annotations: _, subject: __, ...rest } = base.manifest;
  const manifest: Manifest = { ...rest, config: configDescriptor, layers: [...base.manifest.layers, layer.descriptor] };
  return { manifest: await put(store, base.manifest.mediaType, encodeManifest(manifest)), config: configDescriptor };
}

/** What the container was made with becomes the image's default, as with docker. */
function runConfigOf(record: ContainerRecord): RunConfig {
  const { imageConfig, options } = record;
  const env = [...(imageConfig.Env ?? []), ...(options.env ?? []).filter((entry) => entry.includes('='))];
  const byName = new Map(env.map((entry) => [entry.split('=', 1)[0], entry]));
  const labels = { ...imageConfig.Labels, ...options.labels };
  return {
    ...imageConfig,
    ...(byName.size === 0 ? {} : { Env: [...byName.values()] }),
    ...(Object.keys(labels).length === 0 ? {} : { Labels: labels }),
    ...(options.command.length === 0 ? {} : { Cmd: [...options.command] }),
    ...(options.entrypoint === undefined ? {} : { Entrypoint: [...options.entrypoint] }),
    ...(options.user === undefined ? {} : { User: options.user }),
    ...(options.workingDir === undefined ? {} : { WorkingDir: options.workingDir }),
    ...(options.stopSignal === undefined ? {} : { StopSignal: options.stopSignal }),
    ...(options.health === undefined ? {} : { Healthcheck: { ...imageConfig.Healthcheck, ...options.health } }),
  };
}

async function put(store: ContentStore, mediaType: string, bytes: Buffer): Promise<Descriptor> {
  const descriptor = { mediaType, digest: sha256(bytes), size: bytes.length };
  await store.push(descriptor, Readable.from([bytes], { objectMode: false }));
  return descriptor;
}
