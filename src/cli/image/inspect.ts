import { loadImage } from '../../content/image.ts';
import { findImageIfThere, type StoredImage } from '../../content/image-list.ts';
import type { Platform } from '../../oci/platform.ts';
import { familiarReference, formatReference, parseReference } from '../../oci/reference.ts';
import type { Engine } from '../../pipeline/wire.ts';

/** An image as `docker inspect` shows it; undefined when there is none of that name or ID. */
export async function inspectImage(
  engine: Engine,
  text: string,
  platform?: Platform,
): Promise<Record<string, unknown> | undefined> {
  const [store, refs] = await Promise.all([engine.content(), engine.refs()]);
  const image = await findImageIfThere(store, refs, text);
  if (image === undefined) return undefined;
  const loaded =
    platform === undefined ? undefined : await loadImage({ descriptor: image.descriptor, content: store }, platform);
  const config = loaded?.config ?? image.config;
  return {
    Id: loaded?.configDescriptor.digest ?? image.id,
    RepoTags: image.names
      .filter((name) => parseReference(name).tag !== undefined)
      .map((name) => familiarReference(parseReference(name))),
    RepoDigests: repoDigests(image),
    Parent: '',
    Comment: config.history?.at(-1)?.comment ?? '',
    Created: config.created ?? '',
    Author: config.author ?? '',
    Config: runConfig(config.config ?? {}),
    Architecture: config.architecture,
    ...(config.variant ? { Variant: config.variant } : {}),
    Os: config.os,
    ...(config['os.version'] ? { OsVersion: config['os.version'] } : {}),
    Size: image.size,
    RootFS: { Type: 'layers', Layers: config.rootfs.diff_ids },
    Descriptor: image.descriptor,
    Platforms: image.variants.map(({ platform: p }) => ({
      os: p.os,
      architecture: p.architecture,
      ...(p.variant ? { variant: p.variant } : {}),
    })),
  };
}

/** docker gives every field of a config, whether the image says something or not: templates rely on it. */
function runConfig(config: NonNullable<StoredImage['config']['config']>): Record<string, unknown> {
  return {
    User: '',
    ExposedPorts: null,
    Env: null,
    Cmd: null,
    Volumes: null,
    WorkingDir: '',
    Entrypoint: null,
    OnBuild: null,
    Labels: null,
    ...config,
  };
}

function repoDigests(image: StoredImage): string[] {
  const repositories = image.names.map((name) => {
    const { registry, repository } = parseReference(name);
    return familiarReference(parseReference(`${formatReference({ registry, repository })}@${image.descriptor.digest}`));
  });
  return [...new Set(repositories)];
}
