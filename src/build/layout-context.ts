import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { copyGraph } from '../content/copy.ts';
import { loadImage } from '../content/image.ts';
import { LayoutStore } from '../content/layout-store.ts';
import { messageOf, type SourceLocation } from '../errors.ts';
import { type Descriptor, parseDescriptor } from '../oci/descriptor.ts';
import type { Platform } from '../oci/platform.ts';
import type { BaseImage } from './base.ts';
import { BuildError } from './error.ts';
import type { NamedContext } from './request.ts';
import type { BuildServices } from './services.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';

/** `--build-context name=oci-layout://FOLDER[:TAG|@DIGEST]`: an image in a folder of the user's, copied into the store when it is needed. */
export async function layoutImage(
  name: string,
  context: Extract<NamedContext, { kind: 'layout' }>,
  platform: Platform,
  services: BuildServices,
  location: SourceLocation,
): Promise<BaseImage> {
  const { path, tag, digest } = context;
  try {
    const descriptor = choose(await entries(path), tag, digest, path);
    const layout = await LayoutStore.open(path);
    const loaded = await loadImage({ descriptor, content: layout }, platform);
    const image = { config: loaded.config, layers: loaded.layers, descriptor: loaded.manifestDescriptor };
    // what is in the store needs no copy, and where that is says nothing to a reader
    if (resolve(path) === resolve(services.content.folder)) return { name: `${name}@${descriptor.digest}`, ...image };
    return {
      name: `oci-layout://${path}@${descriptor.digest}`,
      ...image,
      fetchLayers: () =>
        copyGraph(layout, services.content, loaded.manifestDescriptor, { progress: services.progress }),
    };
  } catch (error) {
    if (error instanceof BuildError) throw error;
    throw new BuildError('base-not-found', `cannot use the OCI layout ${path}: ${messageOf(error)}`, {
      cause: error,
      location,
    });
  }
}

async function entries(folder: string): Promise<Descriptor[]> {
  const value = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as { manifests?: unknown[] };
  return (value.manifests ?? []).map((entry, i) => parseDescriptor(entry, `index.json: manifests[${i}]`));
}

function choose(
  all: readonly Descriptor[],
  tag: string | undefined,
  digest: string | undefined,
  folder: string,
): Descriptor {
  const named = (name: string) =>
    all.find((entry) => entry.annotations?.[REF_NAME] === name || entry.annotations?.[REF_NAME]?.endsWith(`:${name}`));
  const found =
    digest !== undefined
      ? all.find((entry) => entry.digest === digest)
      : tag !== undefined
        ? named(tag)
        : (named('latest') ?? (all.length === 1 ? all[0] : undefined));
  if (found !== undefined) return found;
  const wanted = digest ?? tag ?? 'latest';
  throw new BuildError('base-not-found', `the OCI layout ${folder} has no image "${wanted}"`, {
    hint: `it has ${all.map((entry) => entry.annotations?.[REF_NAME] ?? entry.digest).join(', ') || 'none'}`,
  });
}
